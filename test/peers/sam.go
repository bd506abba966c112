//go:build tools

package peers

import (
	"path/filepath"
	"testing"
)

// SAM is the path of the SAM CLI.
func SAM(t testing.TB) string {
	t.Helper()
	return installed(t, "sam/bin/sam")
}

// QuickYAML is a variable with which SAM and the emulator read YAML quickly. They read
// our template again and again: half of the time that SAM takes.
func QuickYAML(t testing.TB) string {
	t.Helper()
	return "PYTHONPATH=" + filepath.Join(Root(t), "test", "peers", "python", "quickyaml")
}

// RIE is the path of Lambda's runtime interface emulator for this machine. Run
// as `aws-lambda-rie ./bootstrap` it listens on every address: give it
// --runtime-interface-emulator-address and --runtime-api-address on 127.0.0.1.
// POST an event to /2015-03-31/functions/function/invocations.
func RIE(t testing.TB) string {
	t.Helper()
	return installed(t, "sam/lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-"+Architecture())
}

// SAMPython is the path of the Python that has SAM's transformation of templates,
// and AWS's schemas of resource types.
func SAMPython(t testing.TB) string {
	t.Helper()
	return installed(t, "sam/bin/python3")
}
