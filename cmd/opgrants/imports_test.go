package main

import (
	"os/exec"
	"strings"
	"testing"
)

// The first `go run` is quick because it compiles no AWS SDK.
func TestTheBinaryImportsNoAWSSDK(t *testing.T) {
	deps, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Fields(string(deps))
	if len(all) < 100 {
		t.Errorf("only %d packages are listed", len(all))
	}
	for _, path := range all {
		if strings.HasPrefix(path, "github.com/aws/") {
			t.Errorf("%s is imported", path)
		}
	}
}
