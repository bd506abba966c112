//go:build tools

package peers

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Node is a command that runs a script with Node.js and ends with the test. The
// script may import the official packages (@interledger/open-payments,
// @interledger/http-signature-utils) and playwright-core, wherever it lies.
func Node(t testing.TB, scriptPath string, args ...string) *exec.Cmd {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("Node.js is not installed: run make tools")
	}
	modules := installed(t, "npm/node_modules")
	hook := filepath.Join(Root(t), "test", "peers", "npm", "register.mjs")
	cmd := exec.CommandContext(t.Context(), node, append([]string{"--import", hook, scriptPath}, args...)...)
	cmd.Env = append(os.Environ(), "NODE_PATH="+modules, "NODE_NO_WARNINGS=1")
	endWithParent(cmd)
	return cmd
}

// OpenAPI is the folder of the official Open Payments documents:
// auth-server.yaml, resource-server.yaml, wallet-address-server.yaml.
func OpenAPI(t testing.TB) string {
	t.Helper()
	return installed(t, "npm/node_modules/@interledger/open-payments/dist/openapi/specs")
}
