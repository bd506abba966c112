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
	KeyWalletMS    = "wallet_ms" // all calls together, each until its answer began or failed
)

// longestHost is that of a name that can be looked up (RFC 1035 section 2.3.4).
const longestHost = 253

// Wallets are the calls that were made for one request. They are on the line
// that is logged for it anyway: a line for each would repeat all that names the
// request, five times as many bytes. No metric has a host: whoever asks for a
// grant chooses it, and each value of a dimension is paid for.
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

// WithWallets returns a context whose calls of wallets are added up.
func WithWallets(ctx context.Context) (context.Context, *Wallets) {
	w := &Wallets{}
	return context.WithValue(ctx, walletsKey{}, w), w
}

// Attrs are of the host that was called last; none if none was.
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

// add returns what gets no place beside c: the calls of another host that were
// made before, or c itself where nobody adds up.
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

// A WalletTransport measures the requests to wallets that go through it. What
// [Wallets] have no place for gets a line in Log: the server of a wallet address,
// when another one's is called after it, and all calls outside of a request.
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
