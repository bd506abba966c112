//go:build unix

package service

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// With a umask that takes no permission away, the mode is what the program itself sees
// to.
func TestTheSocketOfAdminIsForItsOwnerAlone(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0)) // of the whole process: this test runs alone
	path := filepath.Join(t.TempDir(), "grants.db.sock")
	l, err := listenAdmin(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Mode().Type() != fs.ModeSocket {
		t.Errorf("its mode is %v, %v; want 0600", info.Mode(), err)
	}
}
