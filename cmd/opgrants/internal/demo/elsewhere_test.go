package demo

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/keypair"
)

func TestWhenATokenEndsIsToldByTheClockOfTheShop(t *testing.T) {
	ends := time.Now().Add(10 * time.Minute).UTC().Truncate(time.Second)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"accessToken":"T","expiresAt":"` + ends.Format(time.RFC3339) + `"}`))
	}))
	defer service.Close()
	_, private, err := keypair.New()
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(key, private, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := open(t.Context(), "127.0.0.1:0", -1, Elsewhere{Service: service.URL, WalletURL: "http://host.docker.internal:0", Key: key})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { want(t, s.close()) }()
	s.clock.skip(time.Hour)
	answer, err := s.shop.grants.accessToken(t.Context(), "id", tokenRequest{})
	if err != nil || !answer.ExpiresAt.Equal(ends.Add(time.Hour)) {
		t.Errorf("it ends at %v, not an hour after %v: %v", answer.ExpiresAt, ends, err)
	}
}

func TestAServiceElsewhereNeedsItsKeyAndItsNameForTheWallet(t *testing.T) {
	for name, e := range map[string]Elsewhere{
		"no key":        {Service: "http://127.0.0.1:3000", WalletURL: "http://host.docker.internal:3388"},
		"no wallet":     {Service: "http://127.0.0.1:3000", Key: "command.go"},
		"no port":       {Service: "http://127.0.0.1:3000", Key: "command.go", WalletURL: "http://host.docker.internal"},
		"a path":        {Service: "http://127.0.0.1:3000", Key: "command.go", WalletURL: "http://host.docker.internal:3388/"},
		"no key in it":  {Service: "http://127.0.0.1:3000", Key: "command.go", WalletURL: "http://host.docker.internal:0"},
		"no service":    {WalletURL: "http://host.docker.internal:3388", Key: "command.go"},
		"nothing there": {Service: "http://127.0.0.1:3000", Key: "no.pem", WalletURL: "http://host.docker.internal:3388"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := open(t.Context(), "127.0.0.1:0", -1, e)
			if s != nil {
				_ = s.close()
			}
			if exit.Of(err) != exit.Usage {
				t.Errorf("%v", err)
			}
		})
	}
}
