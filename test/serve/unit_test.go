//go:build tools

package serve_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/peers"
)

const unit = "deploy/serve/opgrants.service"

// open are the parts of the sandbox, by systemd's own names, that the service must do
// without: it needs the internet, the socket of opgrants admin, and DNS servers at any
// address. systemd itself allows a unit with ProtectClock to read the clock's device.
var open = []string{"DeviceAllow", "IPAddressDeny", "PrivateNetwork", "RestrictAddressFamilies_AF_INET_INET6",
	"RestrictAddressFamilies_AF_UNIX", "RootDirectoryOrRootImage"}

func TestTheUnitIsInASandbox(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "systemd-analyze", "security", "--offline=true", "--json=short", filepath.Join(peers.Root(t), unit))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var parts []struct {
		Set      *bool
		Name     string `json:"json_field"`
		Exposure *string
	}
	if err := json.Unmarshal(out, &parts); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var exposed []string
	for _, p := range parts {
		if p.Set != nil && !*p.Set && p.Exposure != nil {
			exposed = append(exposed, p.Name)
		}
	}
	if slices.Sort(exposed); len(parts) < 50 || !slices.Equal(exposed, open) {
		t.Errorf("of %d parts these are open: %v; want %v", len(parts), exposed, open)
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
