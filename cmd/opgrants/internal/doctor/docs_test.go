package doctor_test

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestThePageHasEveryCheckAndProblem compares docs/doctor.md with the checks that run
// and the constants.
func TestThePageHasEveryCheckAndProblem(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/doctor.md")
	if err != nil {
		t.Fatal(err)
	}
	p := newPatient(t)
	p.Payer = p.alice
	var checks []string
	for _, r := range p.examine(t).results {
		checks = append(checks, r.Check)
	}
	if got := rows(string(page), "\n| check |"); !slices.Equal(got, checks) {
		t.Errorf("docs/doctor.md has the checks\n%v, want\n%v", got, checks)
	}
	got, want := rows(string(page), "\n| `problem` |"), problems(t)
	slices.Sort(got)
	slices.Sort(want)
	if len(want) < 20 || !slices.Equal(got, want) {
		t.Errorf("docs/doctor.md has the problems\n%v, want\n%v", got, want)
	}
}

// rows are the first cells of the table that begins so.
func rows(page, head string) (first []string) {
	_, table, _ := strings.Cut(page, head)
	table, _, _ = strings.Cut(table, "\n\n")
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|").FindAllStringSubmatch(table, -1) {
		first = append(first, row[1])
	}
	return first
}

// problems are the constants of the type Problem.
func problems(t *testing.T) (all []string) {
	t.Helper()
	file, err := parser.ParseFile(gotoken.NewFileSet(), "result.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Problem" {
				all = append(all, strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`))
			}
		}
		return true
	})
	return all
}
