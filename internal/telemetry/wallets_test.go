package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/telemetry"
)

// slow answers each request after a while, but for those of a host that is down.
type slow struct{}

const slowness = 5 * time.Millisecond

var errDown = errors.New("down")

func (slow) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(slowness)
	if strings.HasPrefix(r.URL.Host, "down.") {
		return nil, errDown
	}
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader("answer"))}, nil
}

// walletLines are those about calls: of each the transport logged, and of the
// request's own. Their milliseconds are checked and left out.
func walletLines(t *testing.T, inRequest bool, urls ...string) (logged []string, own string) {
	t.Helper()
	var out bytes.Buffer
	log := telemetry.NewLogger(&out, slog.LevelInfo)
	transport := &telemetry.WalletTransport{Next: slow{}, Log: log}
	ctx := telemetry.With(t.Context(), slog.String("grant_id", "g1"))
	var wallets *telemetry.Wallets
	if inRequest {
		ctx, wallets = telemetry.WithWallets(ctx)
	}
	for _, url := range urls {
		r, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodPost, url, strings.NewReader("s3cr3t"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "GNAP s3cr3t")
		response, err := transport.RoundTrip(r)
		if down := strings.HasPrefix(r.URL.Host, "down."); down != errors.Is(err, errDown) || !down && response.StatusCode != http.StatusOK {
			t.Errorf("%s: %v, %v", url, response, err)
		}
	}
	if inRequest {
		log.LogAttrs(ctx, slog.LevelInfo, "request", wallets.Attrs()...)
	}
	if strings.Contains(out.String(), "s3cr3t") {
		t.Errorf("logged %s", &out)
	}
	for line := range strings.Lines(out.String()) {
		var l struct {
			Message string   `json:"message"`
			GrantID string   `json:"grant_id"`
			Host    string   `json:"wallet_host"`
			Calls   *int     `json:"wallet_calls"`
			MS      *float64 `json:"wallet_ms"`
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil || l.GrantID != "g1" {
			t.Fatalf("%v: %s", err, line)
		}
		text := l.Host
		if l.Calls != nil {
			text += strings.Repeat("+", *l.Calls)
			if least := float64(*l.Calls) * float64(slowness.Milliseconds()); *l.MS < least || *l.MS > least+10_000 {
				t.Errorf("%d calls took %v ms", *l.Calls, *l.MS)
			}
		}
		if l.Message == "request" {
			own = text
		} else if l.Message == "wallet called" {
			logged = append(logged, text)
		}
	}
	return logged, own
}

func TestEachCallOfAWalletIsOnOneLine(t *testing.T) {
	const auth, long = "https://auth.example/continue/s3cr3t?q=s3cr3t", 300
	for _, tc := range []struct {
		name      string
		inRequest bool
		urls      []string
		logged    string // lines of their own
		own       string // what the request's line has
	}{
		{"none", true, nil, "", ""},
		{"one", true, []string{auth}, "", "auth.example+"},
		{"some of one host", true, []string{auth, auth, "https://AUTH.example/"}, "", "auth.example+++"},
		{"of a wallet address and its server", true, []string{"https://wallet.example/alice", auth}, "wallet.example+", "auth.example+"},
		{"of a redirected wallet address", true, []string{"https://name.example", "https://wallet.example/alice", "https://wallet.example/bob", auth},
			"name.example+ wallet.example++", "auth.example+"},
		{"that failed", true, []string{"https://down.example/s3cr3t"}, "", "down.example+"},
		{"of a name that is none", true, []string{"https://" + strings.Repeat("a", long)}, "", strings.Repeat("a", 253) + "+"},
		{"outside of a request", false, []string{auth, auth}, "auth.example+ auth.example+", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			logged, own := walletLines(t, tc.inRequest, tc.urls...)
			if got := strings.Join(logged, " "); got != tc.logged || own != tc.own {
				t.Errorf("lines of their own %q, the request's %q; want %q and %q", got, own, tc.logged, tc.own)
			}
		})
	}
}
