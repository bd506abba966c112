// Package inputs reads the tables of docs/inputs.md, so that the tests try what
// the documentation promises.
package inputs

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// Taken is the result of an input that is accepted.
const Taken = "taken"

// A Row is one input of a table.
type Row struct {
	Input  string // what it is
	Result string // Taken, or what the error says
}

// Table returns the rows under the heading in docs/inputs.md.
func Table(t *testing.T, heading string) []Row {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	text, err := os.ReadFile(filepath.Join(filepath.Dir(here), "../../docs/inputs.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(text), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("docs/inputs.md has no heading %q", heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	var rows []Row
	for line := range strings.SplitSeq(section, "\n") {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if strings.HasPrefix(line, "| ") && len(cells) == 2 {
			rows = append(rows, Row{Input: cells[0], Result: cells[1]})
		}
	}
	if len(rows) == 0 {
		t.Fatalf("docs/inputs.md has no table under %q", heading)
	}
	return rows[1:] // without its head
}

// Check fails unless the table under the heading lists exactly the inputs that
// were tried, each with its result.
func Check(t *testing.T, heading string, tried []Row) {
	t.Helper()
	documented := Table(t, heading)
	for _, row := range tried {
		if !slices.Contains(documented, row) {
			t.Errorf("docs/inputs.md, %q, has no row\n| %s | %s |", heading, row.Input, row.Result)
		}
	}
	for _, row := range documented {
		if !slices.Contains(tried, row) {
			t.Errorf("docs/inputs.md, %q, has a row that no test tries:\n| %s | %s |", heading, row.Input, row.Result)
		}
	}
}
