//go:build tools

package main

import (
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/peers"
)

// The official SDK uses each wallet of the sandbox, and the control API.
func TestTheOfficialSDKUsesEachNamedWallet(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			args := []string{"sandbox", "--listen", "127.0.0.1:0", "--wait", "0s"}
			if scheme == "https" {
				args = append(args, "--https")
			}
			s := start(t, nil, args...)
			url, _, _ := strings.Cut(s.wants(t, "Tests control it at "), "/control")
			script := peers.Node(t, "testdata/wallets.mjs", url)
			if scheme == "https" {
				ca := s.wants(t, "  NODE_EXTRA_CA_CERTS='")
				ca, _, _ = strings.Cut(ca, "'")
				script.Env = append(script.Env, "NODE_EXTRA_CA_CERTS="+ca)
			}
			out, err := script.CombinedOutput()
			if n := strings.Count(string(out), "ok: "); err != nil || n != 9 {
				t.Errorf("%d wallets of 9: %v\n%s", n, err, out)
			}
		})
	}
}
