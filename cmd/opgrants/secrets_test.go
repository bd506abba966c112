package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// marks are secrets as people give them in the wrong place, with the parts of each
// that no output may have.
func marks(t *testing.T) map[string][]string {
	t.Helper()
	_, pemText, err := identity.NewKeyPair()
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(pemText)
	der := base64.StdEncoding.EncodeToString(block.Bytes)
	seed := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(seed)
	std, url := base64.StdEncoding.EncodeToString(seed), base64.RawURLEncoding.EncodeToString(seed)
	body := strings.Split(string(pemText), "\n")[1]
	return map[string][]string{
		string(pemText): {body[len(body)-30:]},
		strings.ReplaceAll(string(pemText), "\n", " "): {body[len(body)-30:]},
		base64.StdEncoding.EncodeToString(pemText):     {base64.StdEncoding.EncodeToString(pemText)[40:80]},
		der:                  {der[20:50]},
		std:                  {std[5:30]},
		url:                  {url[5:30]},
		"-" + url:            {url[5:30]},
		"--" + url:           {url[5:30]},
		"sk_MARK-9f2b7c1d8e": {"MARK", "9f2b7c1d8e"},
		"-MARK9f2b7c1d8e":    {"MARK", "9f2b7c1d8e"},
		"https://me:MARK9f2b@w.example/alice?token=MARKquery": {"MARK"},
		`{"kty":"OKP","d":"MARK9f2b7c1d8e"}`:                  {"MARK"},
	}
}

// Whatever flag a secret is given to, no error repeats it.
func TestNoErrorOfTheCommandLineRepeatsAValue(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	commands := map[string][]string{
		"request": {"wallet", "debit", "receive", "asset", "receiver", "interval", "actions", "client-wallet", "key", "key-id", "env-file",
			"trace", "insecure-local", "finish", "listen", "paste", "timeout", "no-wait", "json", ""},
		"pay":      {"to", "debit", "receive", "wallet", "quote", "timeout", "finish", ""},
		"continue": {"continue-uri", "timeout", ""},
		"cancel":   {"continue-uri", ""},
		"rotate":   {"manage-url", ""},
		"revoke":   {"manage-url", ""},
		"serve":    {"listen", "public-url", "return-urls", "insecure-allow-local", "wallet-address", "key-id", "private-key-path", "log-level", ""},
		"sandbox":  {"listen", "public-url", "wait", "token-life", ""},
		"demo":     {"listen", "service", "wallet-url", "key", "auto", ""},
		"keygen":   {"key-id", "client-wallet", ""},
	}
	vars := map[string]string{"CONTINUE_URI": p.wallet.URL() + "/auth/continue/1", "CONTINUE_ACCESS_TOKEN": "x", "MANAGE_URL": p.wallet.URL() + "/auth/token/1",
		"ACCESS_TOKEN": "x", "WALLET_ADDRESS": p.client, "KEY_ID": "key-1", "PRIVATE_KEY_PATH": p.key, "INSECURE_ALLOW_LOCAL": "true"}
	t.Chdir(t.TempDir())
	n := 0
	for secret, parts := range marks(t) {
		for command, flags := range commands {
			for _, flag := range flags {
				for _, args := range [][]string{{command, "--" + flag, secret}, {command, "--" + flag + "=" + secret}} {
					if flag == "" {
						args = []string{command, secret}
					}
					r := start(t, vars, args...)
					r.cancel() // it ends by itself, unless the value is good
					got := r.end(t)
					n++
					for _, part := range parts {
						if strings.Contains(got.err+got.out, part) {
							t.Errorf("%s --%s shows the value:\n%s%s", command, flag, got.out, got.err)
						}
					}
				}
			}
		}
	}
	if n < 1000 {
		t.Errorf("only %d command lines were tried", n)
	}
}

func TestAKeyWhereItsPathIsExpectedIsNamedAndNotShown(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	for secret, parts := range marks(t) {
		if strings.Contains(secret, "MARK") || strings.HasPrefix(secret, "-") && !strings.HasPrefix(secret, "-----") {
			continue // not a key
		}
		for name, run := range map[string]func() ending{
			"--key": func() ending { return runs(t, nil, p.request("--key="+secret)...) },
			"PRIVATE_KEY_PATH": func() ending {
				return runs(t, map[string]string{"PRIVATE_KEY_PATH": secret, "WALLET_ADDRESS": p.client, "KEY_ID": "key-1", "INSECURE_ALLOW_LOCAL": "true"}, "request")
			},
			"PRIVATE_KEY_PATH of serve": func() ending {
				args, env := p.serve(t)
				env["PRIVATE_KEY_PATH"] = secret
				return runs(t, env, args...)
			},
		} {
			got := run()
			wantEnding(t, got, exit.Key, "looks like a key, not a path")
			for _, part := range parts {
				if strings.Contains(got.err, part) {
					t.Errorf("%s shows the key:\n%s", name, got.err)
				}
			}
		}
	}
	t.Run("but a path that does not exist is shown", func(t *testing.T) {
		wantEnding(t, runs(t, nil, p.request("--key", "/home/somebody/keys/of/the/client/private-key-of-the-client.pem")...), exit.Key, "private-key-of-the-client.pem")
	})
}

func TestAKeyFileThatOthersMayReadGetsAWarning(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	open := filepath.Join(t.TempDir(), "open.pem")
	text, err := os.ReadFile(p.key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(open, text, 0o644); err != nil {
		t.Fatal(err)
	}
	const warning = "other users of this machine may read the private key in"
	if got := runs(t, nil, p.request("--no-wait", "--key", open)...); got.code != exit.OK || !strings.Contains(got.err, warning) || !strings.Contains(got.err, open) {
		t.Errorf("ended with %d:\n%s", got.code, got.err)
	}
	if got := runs(t, nil, p.request("--no-wait")...); strings.Contains(got.err, warning) {
		t.Errorf("warns of a file that nobody else may read:\n%s", got.err)
	}
	args, env := p.serve(t)
	env["PRIVATE_KEY_PATH"] = open
	r := start(t, env, args...)
	r.listening(t)
	r.cancel()
	if got := r.end(t); !strings.Contains(got.err, warning) {
		t.Errorf("serve does not warn:\n%s", got.err)
	}
}
