package main

import (
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// A command that waits for a slow wallet says so on stderr. Its results stay as they are.
func TestASlowWalletIsNamedOnStderr(t *testing.T) {
	t.Parallel()
	p := newPlace(t, sandbox.Config{})
	host := strings.TrimPrefix(p.wallet.URL(), "http://")
	for name, args := range map[string][]string{
		"request": p.request("--no-wait", "--json"),
		"doctor":  {"doctor", "--insecure-local", "--client-wallet", p.client, "--key", p.key, "--key-id", "key-1", "--return-urls", returnURL, "--json"},
	} {
		p.wallet.Fail(sandbox.OpWallet, sandbox.Fault{Delay: 1200 * time.Millisecond})
		got := runs(t, nil, args...)
		if got.code != exit.OK || !strings.Contains(got.err, "Waiting for "+host+" …\n") || strings.Contains(got.out, "Waiting") {
			t.Errorf("%s ended with %d:\n%s%s", name, got.code, got.out, got.err)
		}
	}
}
