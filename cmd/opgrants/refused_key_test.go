package main

import (
	"crypto/ed25519"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// Whoever has the wrong key or id learns what the JWKS has, at which URL.
func TestARefusedKeyIsComparedWithTheJWKS(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	other := filepath.Join(t.TempDir(), "other.pem")
	otherPublic := writeKey(t, other)
	text, err := os.ReadFile(p.key)
	if err != nil {
		t.Fatal(err)
	}
	key, err := opclient.ParsePrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	unknown := filepath.Join(t.TempDir(), "unknown.pem")
	writeKey(t, unknown)
	jwks := "The JWKS at " + p.client + "/jwks.json "
	first, second := sandbox.NewJWK("key-1", publicOf(t, key)), sandbox.NewJWK("old key", otherPublic)
	for name, c := range map[string]struct {
		keys  []sandbox.JWK
		flags []string
		says  []string
	}{
		"an id that it lacks":             {[]sandbox.JWK{first, second}, []string{"--key-id", "key-2", "--key", unknown}, []string{jwks + `has no key with the id (kid) "key-2"; it has "key-1", "old key".`}},
		"an id that it lacks, of its key": {[]sandbox.JWK{first, second}, []string{"--key-id", "key-2"}, []string{`Your private key is the one with the id "key-1".`}},
		"the id of another key":           {[]sandbox.JWK{first, second}, []string{"--key", other}, []string{`The key "key-1" in the JWKS at ` + p.client + "/jwks.json is not the public half of your private key", `the one with the id "old key" is.`}},
		"another key":                     {[]sandbox.JWK{first}, []string{"--key", unknown}, []string{"is not the public half of your private key", `it has "key-1"`}},
		"no keys":                         {nil, nil, []string{jwks + `has no key with the id (kid) "key-1"; it has no keys.`}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := p.wallet.SetKeys(p.client, c.keys...); err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{p.request(c.flags...), p.pay(append(c.flags, "--debit", "1")...)} {
				wantEnding(t, runs(t, nil, args...), exit.KeyRefused, c.says...)
			}
		})
	}
	if err := p.wallet.SetKeys(p.client, first); err != nil {
		t.Fatal(err)
	}
	t.Run("one that the JWKS has", func(t *testing.T) {
		p.wallet.Fail(sandbox.OpGrant, sandbox.Fault{Status: 400, Body: `{"error":{"code":"invalid_client","description":"could not determine client"}}`})
		wantEnding(t, runs(t, nil, p.request()...), exit.KeyRefused, "could not determine client", jwks+`has the public half of your private key as "key-1".`)
	})
	t.Run("a JWKS that cannot be read", func(t *testing.T) {
		p.wallet.Fail(sandbox.OpKeys, sandbox.Fault{Status: 404, Times: 100})
		got := runs(t, nil, p.request()...)
		wantEnding(t, got, exit.KeyRefused, jwks+"cannot be read from here: its server answered 404.")
	})
	t.Run("as JSON too", func(t *testing.T) {
		p.wallet.Fail(sandbox.OpGrant, sandbox.Fault{Status: 400, Body: `{"error":{"code":"invalid_client"}}`})
		if got := runs(t, nil, p.request("--json")...); !strings.Contains(got.out, `"detail":`) || !strings.Contains(got.out, "jwks.json") {
			t.Errorf("printed is %s", got.out)
		}
	})
}

func TestAUserWhoDeniesAtTheContinuationHasRefused(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	r := start(t, nil, p.request("--debit", "1")...)
	link := r.wants(t, interactLine)
	p.wallet.Fail(sandbox.OpContinue, sandbox.Fault{Status: 400, Body: `{"error":{"code":"user_denied","description":"no thanks"}}`})
	browse(t, must(t)(p.wallet.Approve(link)))
	wantEnding(t, r.end(t), exit.UserRefused, "no thanks")
	if n := p.wallet.Stats().Cancels; n != 0 {
		t.Errorf("cancelled %d times", n)
	}
}

func TestTheLaterOfTwoCancelsHearsThatTheGrantIsGone(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	vars, _ := p.asked(t)
	p.wallet.Fail(sandbox.OpCancel, sandbox.Fault{Status: 404, Body: `{"error":{"code":"invalid_request","description":"unknown grant"}}`})
	wantEnding(t, runs(t, vars, p.as("cancel")...), exit.WalletRefused, "ended before")
}

func publicOf(t *testing.T, key ed25519.PrivateKey) ed25519.PublicKey {
	t.Helper()
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		t.Fatalf("the public key is a %T", key.Public())
	}
	return public
}
