package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestTheDemonstrationByItself(t *testing.T) {
	t.Parallel() // it waits as long as its wallet wants
	got := runs(t, nil, "demo", "--auto")
	if got.code != exit.OK || !strings.Contains(got.out, "All 12 steps went well.") {
		t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
	}
}

func TestTheDemonstrationPrintsTheLinkToItsShop(t *testing.T) {
	r := start(t, nil, "demo")
	status, page := browse(t, r.wants(t, "The shop is open: "))
	if status != 200 || !strings.Contains(page, "Pay with your wallet") {
		t.Errorf("the shop answers %d:\n%s", status, page)
	}
	r.cancel()
	if got := r.end(t); got.code != exit.OK {
		t.Errorf("ended with %d:\n%s", got.code, got.err)
	}
}

func TestTheDemonstrationWithAServiceElsewhere(t *testing.T) {
	t.Parallel()
	shop, key, jwks := freeAddr(t), filepath.Join(t.TempDir(), "key.pem"), filepath.Join(t.TempDir(), "jwks.json")
	set, err := json.Marshal(map[string]any{"keys": []sandbox.JWK{sandbox.NewJWK("shop-key-1", writeKey(t, key))}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(jwks, set, 0o600); err != nil {
		t.Fatal(err)
	}
	wallet := "http://" + strings.Replace(freeAddr(t), "127.0.0.1", "localhost", 1) // not as browsers call it
	served := start(t, map[string]string{"WALLET_ADDRESS": wallet + "/shop", "KEY_ID": "shop-key-1", "PRIVATE_KEY_PATH": key, "RETURN_URLS": "http://" + shop + "/thanks"},
		"serve", "--listen", "127.0.0.1:0", "--insecure-allow-local", "--data-file", filepath.Join(t.TempDir(), "grants.db"))
	r := start(t, nil, "demo", "--auto", "--listen", shop, "--service", served.listening(t), "--wallet-url", wallet, "--jwks", jwks)
	r.wants(t, "12. ") // one that waits
	if got := r.end(t); got.code != exit.OK || !strings.Contains(got.out, "service → wallet   DELETE 204") {
		t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
	}
}
