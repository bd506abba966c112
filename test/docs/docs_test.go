package docs_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/test/peers"
	"github.com/opgrants/opgrants/test/template"
)

// read is a file of the repository, by its path from the root.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(peers.Root(t), path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var variable = regexp.MustCompile("`([A-Z][A-Z_]+)`")

// variables are those of the configuration table's rows that say yes in a column.
func variables(t *testing.T, column int) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for row := range strings.Lines(read(t, "docs/configuration.md")) {
		cells := strings.Split(row, "|")
		if len(cells) != 6 || strings.TrimSpace(cells[column]) != "yes" {
			continue
		}
		for _, name := range variable.FindAllStringSubmatch(cells[1], -1) {
			names[name[1]] = true
		}
	}
	return names
}

func TestTheTableHasEveryVariableOfTheFunctions(t *testing.T) {
	known := map[string]bool{}
	get := func(name string) string { known[name] = true; return "" }
	_, _ = config.FromEnv(get)
	_, _ = config.PlannerFromEnv(get)
	compare(t, variables(t, 2), known)
}

func TestTheTableHasEveryVariableOfServe(t *testing.T) {
	known := map[string]bool{}
	settings := reflect.TypeFor[config.Serve]()
	for i := range settings.NumField() {
		if name := settings.Field(i).Tag.Get("env"); name != "" {
			known[name] = true
		}
	}
	new(config.Serve).ReadSecrets(func(name string) string { known[name] = true; return "" })
	compare(t, variables(t, 3), known)
}

func compare(t *testing.T, described, known map[string]bool) {
	t.Helper()
	for name := range known {
		if !described[name] {
			t.Errorf("%s has no row in docs/configuration.md", name)
		}
	}
	for name := range described {
		if !known[name] {
			t.Errorf("docs/configuration.md has a row for %s, which nothing reads", name)
		}
	}
}

func TestTheTableHasEveryExitCode(t *testing.T) {
	source := read(t, "cmd/opgrants/internal/exit/exit.go")
	number := map[string]string{}
	for _, c := range regexp.MustCompile(`(\w+) +Code = (\d+)`).FindAllStringSubmatch(source, -1) {
		number[c[1]] = c[2]
	}
	var want []string
	for _, row := range regexp.MustCompile(`\{(\w+), "\w+", "([^"]+)"\}`).FindAllStringSubmatch(source, -1) {
		want = append(want, "| "+number[row[1]]+" | "+row[2]+" |")
	}
	got := regexp.MustCompile(`(?m)^\| \d+ \| .+ \|$`).FindAllString(read(t, "docs/cli.md"), -1)
	if len(want) < 2 || !slices.Equal(got, want) {
		t.Errorf("docs/cli.md has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestTheDeployPageIsAboutTheTemplate checks that docs/deploy.md names no
// parameter or output that template.yaml does not have, and names each output.
func TestTheDeployPageIsAboutTheTemplate(t *testing.T) {
	page, is := read(t, "docs/deploy.md"), template.Read(t)
	for _, named := range regexp.MustCompile("`([A-Z][a-z]+[A-Z][A-Za-z]+)(?:=[a-z]+)?`").FindAllStringSubmatch(page, -1) {
		_, parameter := is.Parameters[named[1]]
		_, output := is.Outputs[named[1]]
		if !parameter && !output {
			t.Errorf("template.yaml has no %s", named[1])
		}
	}
	for _, read := range regexp.MustCompile(`\$\(output (\w+)\)`).FindAllStringSubmatch(page, -1) {
		if _, ok := is.Outputs[read[1]]; !ok {
			t.Errorf("template.yaml has no output %s", read[1])
		}
	}
	for output := range is.Outputs {
		if !strings.Contains(page, "$(output "+output+")") && !strings.Contains(page, "`"+output+"`") {
			t.Errorf("docs/deploy.md does not say what the output %s is for", output)
		}
	}
}

func TestTheGoCodeIsTakenFromTheExample(t *testing.T) {
	example := read(t, "examples/monthly/app.go")
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(read(t, "docs/library.md"), -1)
	if len(blocks) == 0 {
		t.Error("docs/library.md shows no Go code")
	}
	for _, block := range blocks {
		if !strings.Contains(example, block[1]) {
			t.Errorf("not in examples/monthly/app.go:\n%s", block[1])
		}
	}
}
