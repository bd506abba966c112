//go:build tools

package serve_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/peers"
)

const unit = "deploy/serve/opgrants.service"

// exposure runs systemd's own assessment of a unit's sandbox.
func exposure(t *testing.T, text string) error {
	t.Helper()
	path := filepath.Join(t.TempDir(), "opgrants.service")
	write(t, path, text, 0o600)
	const most = "13" // tenths; a service without a sandbox has 96
	out, err := exec.CommandContext(t.Context(), "systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold="+most, path).CombinedOutput()
	if err != nil && !strings.Contains(string(out), "Overall exposure level") {
		t.Fatalf("%v: %s", err, out)
	}
	return err
}

func TestTheUnitIsInASandbox(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(peers.Root(t), unit))
	if err != nil {
		t.Fatal(err)
	}
	if err := exposure(t, string(text)); err != nil {
		t.Errorf("the unit is exposed too much: %v", err)
	}
	bare := regexp.MustCompile(`(?m)^(Protect|Private|Restrict|SystemCall|Capability)\w+=.*\n`).ReplaceAllString(string(text), "")
	if exposure(t, bare) == nil {
		t.Error("a unit without its sandbox passes too")
	}
}

func TestTheUnitIsOneOfSystemd(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(peers.Root(t), unit))
	if err != nil {
		t.Fatal(err)
	}
	verify := func(text string) string {
		root := t.TempDir()
		if err := os.CopyFS(filepath.Join(root, "usr/lib/systemd/system"), os.DirFS("/usr/lib/systemd/system")); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(root, "etc/systemd/system/opgrants.service"), text, 0o600)
		write(t, filepath.Join(root, "usr/local/bin/opgrants"), "#!/bin/sh\n", 0o700)
		out, _ := exec.CommandContext(t.Context(), "systemd-analyze", "verify", "--man=no", "--root="+root, "opgrants.service").CombinedOutput()
		return string(out) // it succeeds with warnings too
	}
	if said := verify(string(text)); said != "" {
		t.Errorf("systemd says: %s", said)
	}
	if said := verify(strings.Replace(string(text), "ProtectHome=", "ProtectHomes=", 1)); !strings.Contains(said, "ProtectHomes") {
		t.Errorf("systemd does not see a wrong line: %s", said)
	}
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}
