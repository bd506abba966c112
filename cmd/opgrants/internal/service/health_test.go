package service_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/service"
	"github.com/opgrants/opgrants/internal/config"
)

// health is the status and the text of the answer at a route for monitoring.
func health(s http.Handler, method, path string) (int, string) {
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, httptest.NewRequest(method, "http://localhost"+path, nil))
	return answer.Code, answer.Body.String()
}

func mustBe(t *testing.T, s http.Handler, path string, status int, text string) {
	t.Helper()
	if gotStatus, got := health(s, http.MethodGet, path); gotStatus != status || got != text {
		t.Errorf("%s answers %d %q, want %d %q", path, gotStatus, got, status, text)
	}
}

func TestLivenessNeedsNeitherStoreNorWallet(t *testing.T) {
	w := newWorld(t)
	s := w.open(t)
	_ = w.wallet.Close()
	for _, path := range []string{"/livez", "/readyz", "/healthz", "/livez/", "/healthz/"} {
		mustBe(t, s, path, 200, "ok\n")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	mustBe(t, s, "/livez", 200, "ok\n")
	for _, path := range []string{"/readyz", "/healthz"} {
		mustBe(t, s, path, 503, "the store cannot be read\n")
	}
	if status, _ := health(s, http.MethodPost, "/livez"); status != http.StatusMethodNotAllowed {
		t.Errorf("POST /livez answers %d", status)
	}
}

func TestReadinessNeedsTheSigningKey(t *testing.T) {
	w := newWorld(t)
	key := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(key, w.pair.Key, 0o600); err != nil {
		t.Fatal(err)
	}
	c := &config.Serve{Listen: "127.0.0.1:0", InsecureAllowLocal: true, AllowUnboundGrants: true, DataFile: w.data, LogLevel: "INFO",
		WalletAddress: w.pair.Client, KeyID: w.pair.KeyID, PrivateKeyPath: key}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	s, err := service.Open(t.Context(), service.Options{Config: c, PublicURL: "http://localhost", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := os.Rename(key, key+".away"); err != nil { // before a request needs it
		t.Fatal(err)
	}
	mustBe(t, s, "/readyz", 503, "the signing key cannot be read\n")
	mustBe(t, s, "/livez", 200, "ok\n")
	if err := os.Rename(key+".away", key); err != nil {
		t.Fatal(err)
	}
	for limit := time.Now().Add(5 * time.Second); time.Now().Before(limit); time.Sleep(10 * time.Millisecond) {
		if status, _ := health(s, http.MethodGet, "/readyz"); status == 200 {
			return
		}
	}
	mustBe(t, s, "/readyz", 200, "ok\n")
}
