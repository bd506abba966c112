//go:build tools

package peers

import "testing"

// CFNLint is the path of the linter of CloudFormation templates. Its serverless
// rules come with --append-rules cfn_lint_serverless.rules.
func CFNLint(t testing.TB) string {
	t.Helper()
	return installed(t, "sam/bin/cfn-lint")
}

// Checkov is the path of the linter that looks for insecure settings. With
// --skip-download it needs no network.
func Checkov(t testing.TB) string {
	t.Helper()
	return installed(t, "checkov/bin/checkov")
}

// CycloneDX is the path of the program that writes the SBOM of a release.
func CycloneDX(t testing.TB) string {
	t.Helper()
	return installed(t, "bin/cyclonedx-gomod")
}
