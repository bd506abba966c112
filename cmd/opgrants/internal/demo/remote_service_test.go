package demo

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

const jwks = `{"keys":[{"kid":"k","alg":"EdDSA","kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}`

func TestAServiceElsewhereNeedsItsPublicKeyAndItsNameForTheWallet(t *testing.T) {
	const service, wallet = "http://127.0.0.1:3000", "http://host.docker.internal:0"
	write := func(text string) (path string) {
		path = filepath.Join(t.TempDir(), "jwks.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	public := write(jwks)
	const private = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
	for name, tc := range map[string]struct {
		e    RemoteService
		says string
	}{
		"no service":    {RemoteService{WalletURL: wallet, JWKS: public}, "go with --service"},
		"no wallet":     {RemoteService{Service: service, JWKS: public}, "--wallet-url"},
		"no port":       {RemoteService{Service: service, WalletURL: "http://host.docker.internal", JWKS: public}, "--wallet-url"},
		"a path":        {RemoteService{Service: service, WalletURL: wallet + "/", JWKS: public}, "--wallet-url"},
		"no keys":       {RemoteService{Service: service, WalletURL: wallet}, "--jwks"},
		"nothing there": {RemoteService{Service: service, WalletURL: wallet, JWKS: "no.json"}, "--jwks"},
		"no JWKS in it": {RemoteService{Service: service, WalletURL: wallet, JWKS: "demo.go"}, "--jwks"},
		"an empty JWKS": {RemoteService{Service: service, WalletURL: wallet, JWKS: write(`{"keys":[]}`)}, "--jwks"},
		"a private key": {RemoteService{Service: service, WalletURL: wallet, JWKS: write(strings.Replace(jwks, `"x"`, `"d":"`+private+`","x"`, 1))}, "only the service needs that"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := startServers(t.Context(), "127.0.0.1:0", -1, tc.e)
			if s != nil {
				_ = s.close()
			}
			if exit.Of(err) != exit.Usage || !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), private) {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("and with all of them it starts", func(t *testing.T) {
		s, err := startServers(t.Context(), "127.0.0.1:0", -1, RemoteService{Service: service, WalletURL: wallet, JWKS: public})
		if err != nil {
			t.Fatal(err)
		}
		want(t, s.close())
	})
}
