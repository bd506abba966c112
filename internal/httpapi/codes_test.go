package httpapi

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/pages"
	"github.com/opgrants/opgrants/internal/payment"
)

func TestEachCodeHasAStatusAndATitle(t *testing.T) {
	table := map[string]bool{}
	for code, p := range problems {
		table[code] = true
		if p.status < 400 || http.StatusText(p.status) == "" || p.title == "" {
			t.Errorf("%s: status %d, title %q", code, p.status, p.title)
		}
		if !regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`).MatchString(code) {
			t.Errorf("%s is not spelled as the other codes are", code)
		}
	}
	known := append(constants(t, "../grant/error.go", "code"), constants(t, "codes.go", "code")...)
	known = append(known, constants(t, "../payment/error.go", "code")...)
	known = append(known, payment.FailureNotPayable, payment.FailureTooSmall) // of a checkout
	for _, code := range known {
		if !table[code] {
			t.Errorf("%s is not in the table", code)
		}
		delete(table, code)
	}
	for code := range table {
		t.Errorf("%s is in the table, but is not a constant", code)
	}
}

func TestEachCodeIsDocumented(t *testing.T) {
	described, err := os.ReadFile("../../docs/problems.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| (\\d+) \\| <a id=\"(\\w+)\"></a>`(\\w+)` \\| .+ \\|$").FindAllStringSubmatch(string(described), -1)
	found := map[string]bool{}
	for _, row := range rows {
		found[row[2]] = true
		if row[1] != strconv.Itoa(problems[row[2]].status) || row[2] != row[3] {
			t.Errorf("%s", row[0])
		}
	}
	for code := range problems {
		if !found[code] {
			t.Errorf("%s has no row", code)
		}
	}
}

// notAtTheLink has the codes that a finish link never ends with.
var notAtTheLink = map[string]bool{
	grant.CodeInvalid: true, grant.CodeReturnURLRequired: true, grant.CodeReturnURLNotAllowed: true,
	grant.CodeReturnURLsMissing: true, grant.CodeNotGranted: true, grant.CodeCodeRequired: true,
	grant.CodeWrongCode: true, grant.CodeNotRotated: true, grant.CodeNotInteractive: true,
	grant.CodeWalletNotFound: true, grant.CodeInFlight: true, grant.CodeKeyReused: true,
}

func TestEachCodeOfAFinishLinkHasItsOwnPage(t *testing.T) {
	words := regexp.MustCompile(`<p>([^<]+)</p>`)
	unknown := words.FindString(string(pages.Problem("something_else", pages.View{})))
	known := append(constants(t, "../grant/error.go", "code"), constants(t, "../grant/error.go", "failure")...)
	for _, code := range known {
		if says := words.FindString(string(pages.Problem(code, pages.View{}))); (says == unknown) != notAtTheLink[code] {
			t.Errorf("%s: %q; package pages needs a message, or it belongs in notAtTheLink", code, says)
		}
	}
}

// constants returns the values of those in a source file whose names have a
// prefix, in any case.
func constants(t *testing.T, source, prefix string) (all []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), source, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 || !strings.HasPrefix(strings.ToLower(spec.Names[0].Name), prefix) {
			return true
		}
		if value, ok := spec.Values[0].(*ast.BasicLit); ok && value.Kind == token.STRING {
			text, err := strconv.Unquote(value.Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, text)
		}
		return true
	})
	if len(all) < 5 {
		t.Fatalf("found only %v in %s", all, source)
	}
	return all
}
