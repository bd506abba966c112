//go:build tools

package peers

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// SecretsManager is the endpoint of a fresh, emulated Secrets Manager. It takes
// any credentials; a region is needed.
func SecretsManager(t testing.TB) (endpoint string) {
	t.Helper()
	return AWS(t)
}

// AWS is the endpoint of a fresh, emulated AWS (ministack): CloudFormation, IAM,
// Lambda, API Gateway, DynamoDB, Secrets Manager and more. It takes any
// credentials. env are further variables of the emulator, such as AUTH=true,
// with which it evaluates IAM policies.
func AWS(t testing.TB, env ...string) (endpoint string) {
	t.Helper()
	ministack := installed(t, "ministack/bin/ministack")
	dir := t.TempDir()
	return serve(t, "ministack", func(port string) *exec.Cmd {
		cmd := exec.Command(ministack)
		cmd.Dir = dir
		cmd.Env = append(withoutAWS(os.Environ()),
			"BIND_HOST=127.0.0.1", // else every address
			"GATEWAY_PORT="+port,
			"AWS_ENDPOINT_URL=http://127.0.0.1:"+port, // its functions call it, not AWS
			"IOT_MTLS_ENABLED=false",                  // else a second port on every address
			"TMPDIR="+dir,
		)
		cmd.Env = append(cmd.Env, env...)
		return cmd
	})
}

// withoutAWS drops the credentials and settings of the person who runs the test.
func withoutAWS(environ []string) []string {
	var kept []string
	for _, v := range environ {
		if !strings.HasPrefix(v, "AWS_") {
			kept = append(kept, v)
		}
	}
	return kept
}
