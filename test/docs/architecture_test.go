package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/peers"
)

// rules are the rules of a page, by number: of ARCHITECTURE.md, or in full.
func rules(t *testing.T, page string) map[string]string {
	t.Helper()
	chapter := read(t, page)
	if _, part, found := strings.Cut(chapter, "\n## Rules\n"); found {
		chapter, _, _ = strings.Cut(part, "\n## ")
	}
	starts := regexp.MustCompile(`(?m)^(\d+)\. \*\*`).FindAllStringSubmatchIndex(chapter, -1)
	all := map[string]string{}
	for i, at := range starts {
		end := len(chapter)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		all[chapter[at[2]:at[3]]] = chapter[at[0]:end]
	}
	if len(all) != len(starts) || len(all) < 12 {
		t.Fatalf("%s has %d numbers for %d rules", page, len(all), len(starts))
	}
	return all
}

var (
	testName = regexp.MustCompile("`(Test\\w+)`")
	ruleName = regexp.MustCompile(`(?i)\brules? (\d+)(?:(?: and|,|–| to| or) (\d+))?`)
)

// TestEachRuleNamesTestsThatExist checks the tests under each rule against the
// test functions of the module.
func TestEachRuleNamesTestsThatExist(t *testing.T) {
	exists := testNames(t)
	for _, page := range []string{"ARCHITECTURE.md", "docs/rules.md"} {
		for number, rule := range rules(t, page) {
			named := testName.FindAllStringSubmatch(rule, -1)
			if len(named) == 0 {
				t.Errorf("%s: rule %s names no test", page, number)
			}
			for _, name := range named {
				if !exists[name[1]] {
					t.Errorf("%s: rule %s names %s, which does not exist", page, number, name[1])
				}
			}
		}
	}
}

// TestTheShortRulesAreTheRulesInFull: the same numbers and headlines.
func TestTheShortRulesAreTheRulesInFull(t *testing.T) {
	short, full := rules(t, "ARCHITECTURE.md"), rules(t, "docs/rules.md")
	if len(short) != len(full) {
		t.Errorf("ARCHITECTURE.md has %d rules, docs/rules.md %d", len(short), len(full))
	}
	headline := regexp.MustCompile(`\*\*.*?\*\*`)
	for number, rule := range short {
		if got, want := headline.FindString(full[number]), headline.FindString(rule); got != want {
			t.Errorf("rule %s is %q in docs/rules.md, %q in ARCHITECTURE.md", number, got, want)
		}
	}
}

// testNames are the test functions of the module.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	walk(t, "_test.go", func(path string) {
		for _, f := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(read(t, path), -1) {
			all[f[1]] = true
		}
	})
	if len(all) < 100 {
		t.Fatalf("found only %d tests", len(all))
	}
	return all
}

// TestEachRuleThatIsCitedExists checks each "rule N" of Go code and pages.
func TestEachRuleThatIsCitedExists(t *testing.T) {
	exists, cited := rules(t, "ARCHITECTURE.md"), 0
	check := func(path string) {
		for _, c := range ruleName.FindAllStringSubmatch(read(t, path), -1) {
			for _, number := range c[1:] {
				if number == "" {
					continue
				}
				cited++
				if exists[number] == "" {
					t.Errorf("%s cites %q; ARCHITECTURE.md has no rule %s", path, c[0], number)
				}
			}
		}
	}
	walk(t, ".go", func(path string) {
		if !strings.HasPrefix(path, "test/docs/") {
			check(path)
		}
	})
	for _, page := range pages(t) {
		check(page)
	}
	if cited < 5 {
		t.Errorf("only %d citations were found", cited)
	}
}

// TestEachPackageThatArchitectureNamesExists checks each path in backquotes.
func TestEachPackageThatArchitectureNamesExists(t *testing.T) {
	text := read(t, "ARCHITECTURE.md")
	path := regexp.MustCompile("`((?:cmd|docs|events|functions|internal|make|pkg|test|examples)(?:/[\\w./-]*)?|[\\w-]+\\.(?:yaml|toml|md))`")
	checked := 0
	for _, named := range path.FindAllStringSubmatch(text, -1) {
		checked++
		if _, err := os.Stat(filepath.Join(peers.Root(t), named[1])); err != nil {
			t.Errorf("ARCHITECTURE.md names %s: %v", named[1], err)
		}
	}
	_, picture, _ := strings.Cut(text, "```text\n") // the layers
	picture, _, _ = strings.Cut(picture, "```")
	for _, named := range regexp.MustCompile(`\b(?:cmd|internal|pkg|functions)/[a-z/]*[a-z]`).FindAllString(picture, -1) {
		checked++
		if _, err := os.Stat(filepath.Join(peers.Root(t), named)); err != nil {
			t.Errorf("the picture of ARCHITECTURE.md has %s: %v", named, err)
		}
	}
	if checked < 40 {
		t.Errorf("only %d paths were checked", checked)
	}
}
