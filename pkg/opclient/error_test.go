package opclient_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/pkg/opclient"
)

func TestTheTextOfAnErrorHasWhatTheServerSaid(t *testing.T) {
	for want, e := range map[string]opclient.Error{
		`poll at https://w.example/: refused`:                       {},
		`poll at https://w.example/: 400: refused`:                  {Status: 400},
		`poll at https://w.example/: 400 too_fast: refused`:         {Status: 400, Code: "too_fast"},
		`poll at https://w.example/: 403 "no": refused`:             {Status: 403, Code: "403", Description: "no"},
		`poll at https://w.example/: 400 too_fast "later": refused`: {Status: 400, Code: "too_fast", Description: "later"},
	} {
		e.Op, e.URL, e.Err = "poll", "https://w.example/", opclient.ErrRefused
		if got := fmt.Sprint(&e); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

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
