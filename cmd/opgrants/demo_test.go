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
	r := start(t, nil, "demo", "--json")
	var printed struct{ Demo struct{ Shop string } }
	if err := json.Unmarshal([]byte(r.wants(t, "")), &printed); err != nil {
		t.Fatal(err)
	}
	status, page := browse(t, printed.Demo.Shop)
	if status != 200 || !strings.Contains(page, "Pay with your wallet") {
		t.Errorf("the shop answers %d:\n%s", status, page)
	}
	r.cancel()
	if got := r.end(t); got.code != exit.OK || strings.Count(got.out, "\n") != 1 {
		t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
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
	listens := freeAddr(t)
	service := described(t, "http://"+listens)
	served := start(t, map[string]string{"PUBLIC_URL": service, "WALLET_ADDRESS": wallet + "/shop", "KEY_ID": "shop-key-1", "PRIVATE_KEY_PATH": key, "RETURN_URLS": "http://" + shop + "/thanks"},
		"serve", "--listen", listens, "--insecure-allow-local", "--data-file", filepath.Join(t.TempDir(), "grants.db"))
	served.listening(t)
	r := start(t, nil, "demo", "--auto", "--json", "--listen", shop, "--service", service, "--wallet-url", wallet, "--jwks", jwks)
	text := r.wants(t, "") // the steps wait
	if got := r.end(t); got.code != exit.OK || got.out != text+"\n" {
		t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
	}
	var printed struct {
		Steps []struct {
			Step     int
			OK       bool
			Requests []struct{ From, To, Method string }
		}
	}
	if err := json.Unmarshal([]byte(text), &printed); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	if steps := printed.Steps; len(steps) != 12 || steps[11].Step != 12 || !steps[11].OK || steps[0].Requests[0].From != "browser" {
		t.Errorf("the steps are %s", text)
	}
	if !strings.Contains(text, `"from":"service","to":"wallet","method":"DELETE","status":204`) {
		t.Errorf("the grant was not ended: %s", text)
	}
}
