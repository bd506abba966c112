//go:build tools

package peers

import (
	"os/exec"
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
		cmd := AWSCommand(ministack, dir, port)
		cmd.Env = append(append(cmd.Env, QuickYAML(t)), env...)
		return cmd
	})
}
