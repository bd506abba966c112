package opclient_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestThePackageDocumentationNamesEveryError(t *testing.T) {
	document, err := os.ReadFile("docs.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := regexp.MustCompile(`(?m)^(?:\t|var )(Err[A-Z]\w+)( error)? += `)
	var names []string
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, match := range declared.FindAllSubmatch(source, -1) {
			names = append(names, string(match[1]))
		}
	}
	for _, name := range names {
		if !strings.Contains(string(document), "["+name+"]") {
			t.Errorf("the documentation of the package does not name %s", name)
		}
	}
	for _, match := range regexp.MustCompile(`\[(Err\w+)\]`).FindAllSubmatch(document, -1) {
		if !slices.Contains(names, string(match[1])) {
			t.Errorf("the documentation of the package names %s, which does not exist", match[1])
		}
	}
	if len(names) < 20 {
		t.Errorf("found %d errors only", len(names))
	}
}
