//go:build tools

package schemathesis

import (
	"bytes"
	"context"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/opgrants/opgrants/test/openapi/own"
	"github.com/opgrants/opgrants/test/peers"
)

const (
	token     = "shop-token-0123456789-abcdef"
	exampleID = "XX6qQs0tS6VpRAJKcvCGcw" // in the description
	returnURL = "https://shop.example/thanks"
)

// Schemathesis derives requests from the description, which are as it says or wrong in
// one way, and sequences of them. It finds no answer that is not as the description
// says. Where it sends the id of the description's example, a grant is that can be used.
func TestSchemathesisFindsNothing(t *testing.T) {
	s := start(t)
	c := &customer{service: s, errorf: t.Errorf}
	proxy := httptest.NewServer(own.Handler(&httputil.ReverseProxy{Rewrite: c.rewrite}, c.look))
	t.Cleanup(proxy.Close)

	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	root, dir := peers.Root(t), t.TempDir()
	st := filepath.Join(root, ".tools/schemathesis/bin/schemathesis")
	if _, err := os.Stat(st); err != nil {
		t.Fatalf("%v: run make tools", err)
	}
	run := exec.CommandContext(ctx, st, "--config-file", filepath.Join(root, "test/schemathesis/schemathesis.toml"),
		"run", describe(t, s, dir), "--url", proxy.URL, "--header", "Authorization: Bearer "+token,
		"--max-examples", "15", "--seed", "1", "--generation-database", "none", "--continue-on-failure", "--request-timeout", "40")
	run.Dir = dir
	out, err := run.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("Tested: 11")) {
		t.Errorf("%v\n%s", err, out)
	}
	t.Logf("%d grants, %d payments, %d tokens", c.grants, c.payments, c.tokens)
	if c.grants == 0 || c.payments == 0 || c.tokens == 0 {
		t.Errorf("Schemathesis does not get to the core of the service:\n%s", out)
	}
}

// describe returns the path of a copy of the description, whose examples are of this
// wallet.
func describe(t *testing.T, s *service, dir string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(peers.Root(t), "docs/openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "openapi.yaml")
	text = bytes.ReplaceAll(text, []byte("https://wallet.example"), []byte(s.wallet.URL()))
	if err := os.WriteFile(copied, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return copied
}
