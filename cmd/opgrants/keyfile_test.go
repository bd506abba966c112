package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestAKeyWhereItsPathIsExpectedIsNamedAndNotShown(t *testing.T) {
	t.Parallel()
	p := newPlace(t, sandbox.Config{})
	for _, secret := range misplacedSecrets {
		if !slices.Contains([]string{"a PEM", "a PEM with spaces", "a PEM in base64", "DER in base64", "a seed in base64", "a seed in base64url", "a JWK"}, secret.name) {
			continue
		}
		serve, env := p.serve(t)
		env["PRIVATE_KEY_PATH"] = secret.text
		for name, got := range map[string]ending{
			"--key": runs(t, nil, p.request("--key="+secret.text)...),
			"PRIVATE_KEY_PATH": runs(t, map[string]string{
				"PRIVATE_KEY_PATH": secret.text, "WALLET_ADDRESS": p.client, "KEY_ID": "key-1", "INSECURE_ALLOW_LOCAL": "true",
			}, "request"),
			"PRIVATE_KEY_PATH of serve": runs(t, env, serve...),
		} {
			wantEnding(t, got, exit.Key, "looks like a key, not a path")
			mustNotShow(t, name+" with "+secret.name, got.err)
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
