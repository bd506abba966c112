//go:build tools

package schemathesis

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/peers"
)

// A service is `opgrants serve` in a process, with a wallet.
type service struct {
	wallet *sandbox.Server
	url    *url.URL
}

func start(t *testing.T) *service {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	wallet, err := sandbox.Start(sandbox.Config{Wait: -1})
	must(err)
	t.Cleanup(func() { _ = wallet.Close() })
	public, private, err := ed25519.GenerateKey(rand.Reader)
	must(err)
	shop, err := wallet.AddWallet(sandbox.Wallet{Name: "shop", PublicName: "Shop", Keys: []sandbox.JWK{sandbox.NewJWK("key-1", public)}})
	must(err)
	_, err = wallet.AddWallet(sandbox.Wallet{Name: "alice", PublicName: "Alice"})
	must(err)
	dir := t.TempDir()
	der, err := x509.MarshalPKCS8PrivateKey(private)
	must(err)
	key := filepath.Join(dir, "key.pem")
	must(os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600))
	program := filepath.Join(dir, "opgrants")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/opgrants")
	build.Dir = peers.Root(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	at := peers.Serve(t, "opgrants serve", func(port string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), program, "serve", "--listen", "127.0.0.1:"+port, "--insecure-allow-local")
		cmd.Env = append(os.Environ(), "WALLET_ADDRESS="+shop, "KEY_ID=key-1", "PRIVATE_KEY_PATH="+key, "DATA_FILE="+filepath.Join(dir, "grants.db"),
			"RETURN_URLS="+returnURL, "API_TOKEN=shop:"+token, "PUBLIC_URL=")
		return cmd
	})
	parsed, err := url.Parse(at)
	must(err)
	return &service{wallet, parsed}
}
