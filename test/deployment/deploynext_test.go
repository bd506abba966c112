//go:build tools

package deployment_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/peers"
)

// nextAttribute is one that the next version writes into each item, and that
// this version does not know.
const nextAttribute = "season"

// nextVersion is the built template of the version after this one: this code,
// but for that attribute.
func nextVersion(t *testing.T) (template string) {
	t.Helper()
	sources := copyOfSources(t)
	for _, change := range []struct{ file, after, line string }{
		{"internal/grant/item.go", "\tDue   Instant `json:\"du,omitempty\"`\n", "\n\tSeason string `json:\"" + nextAttribute + ",omitempty\"`\n"},
		{"internal/store/dynamodb/encode.go", "\ta[writeAttribute] = newWrite()\n", "\ta[\"season\"] = text(\"spring\")\n"},
	} {
		path := filepath.Join(sources, change.file)
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(source), change.after); n != 1 {
			t.Fatalf("%s has %q %d times", change.file, change.after, n)
		}
		changed := strings.Replace(string(source), change.after, change.after+change.line, 1)
		if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	built := t.TempDir()
	buildFrom(t, sources, peers.Architecture(), built)
	template = filepath.Join(built, "with.yaml")
	writeTemplate(t, template, "INSECURE_ALLOW_LOCAL", "'true'")
	return template
}
