package demo

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
)

func TestWhenATokenEndsIsToldByTheClockOfTheShop(t *testing.T) {
	ends := time.Now().Add(10 * time.Minute).UTC().Truncate(time.Second)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"accessToken":"T","expiresAt":"` + ends.Format(time.RFC3339) + `"}`))
	}))
	defer service.Close()
	s, err := startServers(t.Context(), "127.0.0.1:0", -1, RemoteService{Service: service.URL, WalletURL: "http://host.docker.internal:0", Key: newKey(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { want(t, s.close()) }()
	s.clock.skip(time.Hour)
	answer, err := s.shop.grants.accessToken(t.Context(), "id", tokenRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if !answer.ExpiresAt.Equal(ends.Add(time.Hour)) {
		t.Errorf("it ends at %v, not an hour after %v", answer.ExpiresAt, ends)
	}
}

func newKey(t *testing.T) (path string) {
	t.Helper()
	_, private, err := identity.NewKeyPair()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(path, private, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAServiceElsewhereNeedsItsKeyAndItsNameForTheWallet(t *testing.T) {
	const service, wallet = "http://127.0.0.1:3000", "http://host.docker.internal:0"
	key := newKey(t)
	for name, tc := range map[string]struct {
		e    RemoteService
		says string
	}{
		"no service":    {RemoteService{WalletURL: wallet, Key: key}, "go with --service"},
		"no wallet":     {RemoteService{Service: service, Key: key}, "--wallet-url"},
		"no port":       {RemoteService{Service: service, WalletURL: "http://host.docker.internal", Key: key}, "--wallet-url"},
		"a path":        {RemoteService{Service: service, WalletURL: wallet + "/", Key: key}, "--wallet-url"},
		"no key":        {RemoteService{Service: service, WalletURL: wallet}, "--key"},
		"nothing there": {RemoteService{Service: service, WalletURL: wallet, Key: "no.pem"}, "--key"},
		"no key in it":  {RemoteService{Service: service, WalletURL: wallet, Key: "demo.go"}, "--key"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := startServers(t.Context(), "127.0.0.1:0", -1, tc.e)
			if s != nil {
				_ = s.close()
			}
			if exit.Of(err) != exit.Usage || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%v", err)
			}
		})
	}
}
