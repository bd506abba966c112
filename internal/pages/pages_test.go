package pages

import (
	"crypto/sha256"
	"encoding/base64"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
)

var update = flag.Bool("update", false, "write testdata anew; then look at every page in a browser")

// documents are all pages that a person can see, by the name of their file.
func documents() map[string][]byte {
	all := map[string][]byte{"outcome-other.html": Outcome(grant.PageFailed, "a_new_code")}
	for page := range outcomes {
		all["outcome-"+string(page)+".html"] = Outcome(page, "")
	}
	for code := range problems {
		all["problem-"+code+".html"] = Problem(code)
	}
	return all
}

func TestEachPageIsTheOneThatWasLookedAt(t *testing.T) {
	all := documents()
	for name, got := range all {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", name)
			body := styleElement.ReplaceAll(got, []byte("<style>…</style>")) // style.css itself is the golden file of that
			if *update {
				if err := os.WriteFile(file, body, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if string(body) != string(want) {
				t.Errorf("got\n%s\nwant\n%s", body, want)
			}
		})
	}
	files, err := filepath.Glob("testdata/*.html")
	if err != nil || len(files) != len(all) {
		t.Errorf("%d golden files for %d pages, %v", len(files), len(all), err)
	}
}

func TestEachPageIsSafe(t *testing.T) {
	forbidden := regexp.MustCompile(`(?i)<script|javascript:|\son\w+=|\sstyle=|<iframe|<img|<link|<form|\ssrc=|\shref=|url\(|@import`)
	for name, document := range documents() {
		t.Run(name, func(t *testing.T) {
			if found := forbidden.Find(document); found != nil {
				t.Errorf("has %q", found)
			}
			for _, want := range []string{`<html lang="en">`, `<meta charset="utf-8">`, `name="viewport"`, `content="no-referrer"`} {
				if !strings.Contains(string(document), want) {
					t.Errorf("lacks %s", want)
				}
			}
			if title := text(document, "title"); title == "" || title != text(document, "h1") {
				t.Errorf("title %q, heading %q", title, text(document, "h1"))
			}
		})
	}
}

func TestTextOfOthersIsEscaped(t *testing.T) {
	const hostile = `</title></style><script>alert(1)</script>`
	for name, document := range map[string][]byte{
		"as a code":              Problem(hostile),
		"as the code of outcome": Outcome(grant.PageFailed, hostile),
		"as a message":           Message{Heading: hostile, Text: hostile}.Document(),
	} {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(string(document), "<script") {
				t.Errorf("%s", document)
			}
			if !strings.Contains(string(document), "&lt;script&gt;alert(1)") {
				t.Errorf("the text is gone: %s", document)
			}
		})
	}
}

func TestPolicyAllowsTheStylesheetAndNothingElse(t *testing.T) {
	found := styleElement.FindSubmatch(Problem("x"))
	if found == nil {
		t.Fatal("no stylesheet")
	}
	hash := sha256.Sum256(found[1])
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	if got := Policy(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

var styleElement = regexp.MustCompile(`(?s)<style>(.*?)</style>`)

// text is that of the first element of a name.
func text(document []byte, element string) string {
	found := regexp.MustCompile(`<` + element + `>([^<]*)</` + element + `>`).FindSubmatch(document)
	if found == nil {
		return ""
	}
	return string(found[1])
}
