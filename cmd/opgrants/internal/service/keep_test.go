package service_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/service"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/openapi/own"
)

// A world is a wallet and a data file, and a clock that all go by.
type world struct {
	wallet *sandbox.Server
	pair   *identity.SandboxWallets
	data   string
	ahead  atomic.Int64 // nanoseconds
	log    lockedBuffer
}

// A lockedBuffer can be read while it is written.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{data: filepath.Join(t.TempDir(), "grants.db")}
	var err error
	if w.wallet, err = sandbox.Start(sandbox.Config{Wait: -1, Now: w.now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.wallet.Close() })
	if w.pair, err = identity.OpenSandboxWallets(w.wallet, "shop", "Shop", nil); err != nil {
		t.Fatal(err)
	}
	return w
}

// open opens the service as a process does that starts.
func (w *world) open(t *testing.T) *service.Service {
	t.Helper()
	c := &config.Serve{Listen: "127.0.0.1:0", InsecureAllowLocal: true, AllowUnboundGrants: true, DataFile: w.data, LogLevel: "INFO",
		WalletAddress: w.pair.Client, KeyID: w.pair.KeyID, PrivateKey: opclient.Secret(w.pair.Key)}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	s, err := service.Open(t.Context(), service.Options{Config: c, PublicURL: "http://localhost", Now: w.now,
		Log: slog.New(slog.NewJSONHandler(&w.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// consented is a grant that the user consented to; it returns its id.
func (w *world) consented(t *testing.T, s http.Handler) string {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://localhost/grants", strings.NewReader(`{"walletAddress":"`+w.pair.User+
		`","limits":{"debitAmount":{"value":"500"},"interval":"R/2026-01-01T00:00:00Z/P1M"}}`))
	r.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	own.Errors(s, t.Errorf).ServeHTTP(answer, r)
	var grant struct{ ID, ConsentURL string }
	if err := json.Unmarshal(answer.Body.Bytes(), &grant); err != nil || answer.Code != 201 {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	finish, err := w.wallet.Approve(grant.ConsentURL)
	if err != nil {
		t.Fatal(err)
	}
	answer = httptest.NewRecorder()
	own.Errors(s, t.Errorf).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, finish, nil))
	if answer.Code != 200 {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	return grant.ID
}

func TestConsentIsKeptByAProcessThatStartsAfterAWhile(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	w.consented(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	w.ahead.Add(int64(21 * 24 * time.Hour)) // the process was not there when it was due

	s = w.open(t)
	shown := httptest.NewRecorder()
	s.ShownMetrics().ServeHTTP(shown, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if due := regexp.MustCompile(`\nopgrants_oldest_due_seconds [1-9]`); !due.MatchString(shown.Body.String()) {
		t.Errorf("the metrics do not say that something is due")
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); s.Keep(ctx, time.Millisecond, time.Millisecond) }()
	const kept = `"msg":"grants kept","kept":1,"settled":0,"lost":0,"failed":0`
	for limit := time.Now().Add(5 * time.Second); !strings.Contains(w.log.String(), kept) && time.Now().Before(limit); {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(50 * time.Millisecond) // in which it is not kept again
	shown = httptest.NewRecorder()
	s.ShownMetrics().ServeHTTP(shown, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, line := range []string{`opgrants_schedule_grants_total{result="kept"} 1`, "opgrants_token_rotated_total 1", "opgrants_task_handed_out_total 1", "opgrants_oldest_due_seconds 0"} {
		if !strings.Contains(shown.Body.String(), "\n"+line+"\n") {
			t.Errorf("the metrics do not say %s", line)
		}
	}
	stop()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Fatal("it does not end with its context")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if n := w.wallet.Stats(); n.Rotations != 1 || n.LiveTokens != 1 {
		t.Errorf("the wallet saw %+v", n)
	}
	if n := strings.Count(w.log.String(), `"msg":"grants kept"`); n != 1 {
		t.Errorf("it is logged %d times", n)
	}
	for _, want := range []string{kept, `"msg":"due grants handed out","handed_out":1`} {
		if !strings.Contains(w.log.String(), want) {
			t.Errorf("the log does not say %s:\n%s", want, w.log.String())
		}
	}
	for _, secret := range w.wallet.Secrets() {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log holds the secret %q", secret)
		}
	}
}

func TestACalendarThatCannotBeReadIsLogged(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	s.Keep(ctx, time.Millisecond, time.Hour)
	if !strings.Contains(w.log.String(), `"level":"ERROR","msg":"not all grants that are due could be handed out"`) {
		t.Errorf("the log is\n%s", w.log.String())
	}
}
