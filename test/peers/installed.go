//go:build tools

package peers

import (
	"path/filepath"
	"testing"
)

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
