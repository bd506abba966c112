//go:build tools

package peers

import (
	"os"
	"path/filepath"
	"testing"
)

// Root is the root of the repository.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod in this folder or above it")
		}
		dir = parent
	}
}

// installed is the path of what `make tools` put at pattern below .tools/.
func installed(t testing.TB, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(Root(t), ".tools", pattern))
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatalf(".tools/%s is not installed: run make tools", pattern)
	}
	return found[0]
}
