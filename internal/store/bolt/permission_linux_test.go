package bolt

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// TestAFileThatThisUserMayNotWriteSaysSo: neither root's nor a read-only one.
func TestAFileThatThisUserMayNotWriteSaysSo(t *testing.T) {
	dir, err := os.MkdirTemp("/tmp", "opgrants") //nolint:usetesting // another user cannot reach t.TempDir()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	_, content := aFile(t)
	for name, mode := range map[string]os.FileMode{"secret": 0o000, "read-only": 0o444} {
		if err := os.WriteFile(filepath.Join(dir, name), content, mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil { // others read it
		t.Fatal(err)
	}
	for _, name := range []string{"secret", "read-only", "new"} {
		path := filepath.Join(dir, name)
		errs := make(chan error)
		go func() {
			runtime.LockOSThread() // and never unlocked: the thread ends with its user
			if os.Geteuid() == 0 {
				_ = syscall.Setfsuid(65534)
			} else if name == "new" {
				_ = os.Chmod(dir, 0o555)
			}
			s, err := Open(path)
			if err == nil {
				_ = s.Close()
			}
			errs <- err
		}()
		if err := <-errs; err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "let this user read and write it") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
