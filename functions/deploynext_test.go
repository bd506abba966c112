//go:build tools

package functions_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/peers"
)

// nextAttribute is one that the next version writes into each item, and that
// this version does not know.
const nextAttribute = "season"

// nextVersion is the built template of the version after this one: this code,
// but for that attribute.
func nextVersion(t *testing.T) (template string) {
	t.Helper()
	dir := t.TempDir()
	replaced := map[string]string{}
	for _, change := range []struct{ file, before, after string }{
		{"internal/grant/item.go", "\tDue   Instant `json:\"du,omitempty\"`\n", "\n\tSeason string `json:\"" + nextAttribute + ",omitempty\"`\n"},
		{"internal/store/dynamodb/encode.go", "err error) {\n", "\titem.Season = \"spring\"\n"},
	} {
		path := filepath.Join(peers.Root(t), change.file)
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(source), change.before); n != 1 {
			t.Fatalf("%s has %q %d times", change.file, change.before, n)
		}
		replaced[path] = filepath.Join(dir, filepath.Base(path))
		changed := strings.Replace(string(source), change.before, change.before+change.after, 1)
		if err := os.WriteFile(replaced[path], []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	built := filepath.Join(dir, "built")
	sam(t, []string{"GOFLAGS=-overlay=" + file, "ARCHITECTURE=" + hostArchitecture()},
		"build", "--build-dir", built, "--parameter-overrides", "Architecture="+hostArchitecture())
	return templateIn(t, built, "INSECURE_ALLOW_LOCAL", "'true'")
}
