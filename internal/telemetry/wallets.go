package telemetry

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Names of the fields about calls of a wallet's server.
const (
	KeyWalletHost  = "wallet_host"
	KeyWalletCalls = "wallet_calls"
	KeyWalletMS    = "wallet_ms" // of all calls, each until its answer began or failed
)

// longestHost is the length of the longest name in DNS (RFC 1035 section 2.3.4).
const longestHost = 253

// Wallets adds up the calls of wallets' servers that one request makes. They are
// written on the request's own line: a line for each call would repeat everything
// that names the request. No metric has a host, because whoever asks for a grant
// chooses it, and every value of a dimension costs money.
type Wallets struct {
	mu   sync.Mutex
	last calls
}

type calls struct {
	host string
	n    int
	took time.Duration
}

type walletsKey struct{}

// WithWallets returns a context in which calls of wallets are added up.
func WithWallets(ctx context.Context) (context.Context, *Wallets) {
	w := &Wallets{}
	return context.WithValue(ctx, walletsKey{}, w), w
}

// Attrs returns the attributes of the host that was called last. There are none
// if no host was called.
func (w *Wallets) Attrs() []slog.Attr {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last.attrs()
}

func (c calls) attrs() []slog.Attr {
	if c.n == 0 {
		return nil
	}
	return []slog.Attr{
		slog.String(KeyWalletHost, c.host),
		slog.Int(KeyWalletCalls, c.n),
		slog.Float64(KeyWalletMS, float64(c.took.Microseconds())/1000),
	}
}

// add adds c. It returns the calls that need a line of their own: those of another
// host before, or c itself outside of a request, where w is nil.
func (w *Wallets) add(c calls) (left calls) {
	if w == nil {
		return c
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.last.host != c.host {
		left, w.last = w.last, calls{host: c.host}
	}
	w.last.n += c.n
	w.last.took += c.took
	return left
}

// A WalletTransport measures the requests to wallets that go through it. Calls
// that have no place on a request's line get a line in Log: those of a server
// that is not the last one, and all calls outside of a request.
type WalletTransport struct {
	Next http.RoundTripper
	Log  *slog.Logger
}

// RoundTrip sends the request through Next, as it is.
func (t *WalletTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	started := time.Now()
	response, err := t.Next.RoundTrip(r)
	host := strings.ToLower(r.URL.Host)
	wallets, _ := r.Context().Value(walletsKey{}).(*Wallets)
	left := wallets.add(calls{host[:min(len(host), longestHost)], 1, time.Since(started)})
	if left.n > 0 {
		t.Log.LogAttrs(r.Context(), slog.LevelInfo, "wallet called", left.attrs()...)
	}
	return response, err
}
