package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/peers"
)

// pages are the Markdown files of the repository, by their paths from the root.
func pages(t *testing.T) (all []string) {
	t.Helper()
	walk(t, ".md", func(path string) { all = append(all, path) })
	for _, page := range []string{"README.md", "ARCHITECTURE.md", "docs/http-api.md"} {
		if !slices.Contains(all, page) {
			t.Fatalf("%s is not among the pages: %v", page, all)
		}
	}
	return all
}

// walk calls visit for each file with the suffix, below the root.
func walk(t *testing.T, suffix string, visit func(path string)) {
	t.Helper()
	root := peers.Root(t)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != root && (strings.HasPrefix(name, ".") && name != ".github" || name == "node_modules" || name == "bin") {
			return filepath.SkipDir
		}
		if !d.IsDir() && strings.HasSuffix(name, suffix) {
			relative, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			visit(filepath.ToSlash(relative))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestLinksLeadSomewhere checks each relative link of each page: the file exists,
// and the page has the heading or the anchor.
func TestLinksLeadSomewhere(t *testing.T) {
	inline := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	checked := 0
	for _, page := range pages(t) {
		for _, link := range inline.FindAllStringSubmatch(withoutCode(read(t, page)), -1) {
			to, err := url.Parse(link[1])
			if err != nil {
				t.Errorf("%s: %v", page, err)
				continue
			}
			if to.Scheme != "" {
				continue
			}
			checked++
			target := page
			if to.Path != "" {
				target = filepath.ToSlash(filepath.Join(filepath.Dir(page), to.Path))
			}
			if _, err := os.Stat(filepath.Join(peers.Root(t), target)); err != nil {
				t.Errorf("%s links to %s: %v", page, link[1], err)
				continue
			}
			if to.Fragment != "" && !slices.Contains(anchors(read(t, target)), to.Fragment) {
				t.Errorf("%s links to %s: %s has no such heading or anchor", page, link[1], target)
			}
		}
	}
	if checked < 50 {
		t.Errorf("only %d links were checked", checked)
	}
}

// TestURLsOfThisRepositoryLeadSomewhere checks the links that code, template and
// pages have to files on the main branch.
func TestURLsOfThisRepositoryLeadSomewhere(t *testing.T) {
	own := regexp.MustCompile(`https://github\.com/opgrants/opgrants/blob/main/([\w./-]+\.\w+)(?:#(\w+))?`)
	checked := 0
	for _, suffix := range []string{".md", ".go", ".yaml"} {
		walk(t, suffix, func(path string) {
			for _, link := range own.FindAllStringSubmatch(read(t, path), -1) {
				checked++
				if _, err := os.Stat(filepath.Join(peers.Root(t), link[1])); err != nil {
					t.Errorf("%s: %v", path, err)
				} else if link[2] != "" && !slices.Contains(anchors(read(t, link[1])), link[2]) {
					t.Errorf("%s links to %s, which has no anchor %s", path, link[1], link[2])
				}
			}
		})
	}
	if checked < 20 {
		t.Errorf("only %d links were checked", checked)
	}
}

// withoutCode drops fenced blocks, in which brackets are no links.
func withoutCode(text string) string {
	return regexp.MustCompile("(?ms)^ *```.*?^ *```$").ReplaceAllString(text, "")
}

// anchors are what a fragment may name: explicit anchors, and headings as GitHub
// spells them.
func anchors(text string) (all []string) {
	for _, a := range regexp.MustCompile(`<a id="(\w+)">`).FindAllStringSubmatch(text, -1) {
		all = append(all, a[1])
	}
	for _, h := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(withoutCode(text), -1) {
		slug := strings.ReplaceAll(strings.ToLower(h[1]), " ", "-")
		all = append(all, regexp.MustCompile(`[^\w-]`).ReplaceAllString(slug, ""))
	}
	return all
}

func TestREADMEIsShort(t *testing.T) {
	if words := len(strings.Fields(read(t, "README.md"))); words > 1200 {
		t.Errorf("README.md has %d words, and may have 1,200", words)
	}
}

// TestREADMELeadsToEachPage checks that no page of docs/ is an orphan: README or
// a page that it links has a link to it.
func TestREADMELeadsToEachPage(t *testing.T) {
	all := pages(t)
	linked := map[string]bool{"README.md": true}
	for changed := true; changed; {
		changed = false
		for _, page := range all {
			if !linked[page] {
				continue
			}
			for _, link := range regexp.MustCompile(`\]\(([^)#\s]+\.md)`).FindAllStringSubmatch(read(t, page), -1) {
				to := filepath.ToSlash(filepath.Join(filepath.Dir(page), link[1]))
				changed, linked[to] = changed || !linked[to], true
			}
		}
	}
	for _, page := range all {
		if !linked[page] {
			t.Errorf("README.md does not lead to %s", page)
		}
	}
}

// TestTheOutcomesAtTheReturnURLAreThoseOfTheCode compares the list of errors in
// docs/http-api.md with the constants that a finish can send to the app.
func TestTheOutcomesAtTheReturnURLAreThoseOfTheCode(t *testing.T) {
	want := failureCodes(t)
	if !strings.Contains(read(t, "internal/grant/outcome.go"), "PageFailed, CodeRevoked)") {
		t.Error("a finish does not send the code revoked any more, or does so elsewhere")
	}
	want = append(want, "revoked")
	_, table, found := strings.Cut(read(t, "docs/http-api.md"), "\n| `error` |")
	if !found {
		t.Fatal("docs/http-api.md has no table of errors")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	var got []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| .+ \\| .+ \\|$").FindAllStringSubmatch(table, -1) {
		got = append(got, row[1])
	}
	slices.Sort(want)
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("docs/http-api.md has the errors\n%v, the code\n%v", got, want)
	}
}

// TestTheStatusesAreThoseOfTheCode compares the table of statuses, likewise.
func TestTheStatusesAreThoseOfTheCode(t *testing.T) {
	var want []string
	for name, value := range constants(t, "internal/grant", "Status") {
		if name != "Requesting" { // 404 everywhere
			want = append(want, value)
		}
	}
	_, table, _ := strings.Cut(read(t, "docs/http-api.md"), "\n| `status` |")
	table, _, _ = strings.Cut(table, "\n\n")
	var got []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\|").FindAllStringSubmatch(table, -1) {
		got = append(got, row[1])
	}
	slices.Sort(want)
	if slices.Sort(got); len(want) < 5 || !slices.Equal(got, want) {
		t.Errorf("docs/http-api.md has the statuses\n%v, the code\n%v", got, want)
	}
}

func failureCodes(t *testing.T) (all []string) {
	t.Helper()
	for name, value := range constants(t, "internal/grant", "") {
		if strings.HasPrefix(name, "Failure") {
			all = append(all, value)
		}
	}
	if len(all) < 5 {
		t.Fatalf("found only %v", all)
	}
	return all
}

// constants are the string constants of a package, by name; with a type, those
// of that type.
func constants(t *testing.T, dir, typeName string) map[string]string {
	t.Helper()
	all := map[string]string{}
	files, err := filepath.Glob(filepath.Join(peers.Root(t), dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			declared, _ := spec.Type.(*ast.Ident)
			if value, ok := spec.Values[0].(*ast.BasicLit); ok && value.Kind == token.STRING && (typeName == "" || declared != nil && declared.Name == typeName) {
				all[spec.Names[0].Name] = strings.Trim(value.Value, `"`)
			}
			return true
		})
	}
	return all
}
