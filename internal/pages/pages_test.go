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

var update = flag.Bool("update", false, "write testdata again; then look at every page in a browser")

const appURL = "https://shop.example/thanks?order=7&from=<mail>"

// documents returns all pages that a person can see, by the name of their file:
// each with a link to the app, and those that differ also as a page that reloads.
func documents() map[string][]byte {
	kinds := map[string]func(View) []byte{
		"unopened":      Unopened,
		"outcome-other": func(v View) []byte { return Outcome(grant.PageFailed, "a_new_code", v) },
	}
	for page := range outcomes {
		kinds["outcome-"+string(page)] = func(v View) []byte { return Outcome(page, "", v) }
	}
	for code := range problems {
		kinds["problem-"+code] = func(v View) []byte { return Problem(code, v) }
	}
	all := map[string][]byte{}
	for name, render := range kinds {
		still, reloading := render(View{AppURL: appURL}), render(View{AppURL: appURL, Reloads: true})
		all[name+".html"] = still
		if string(still) != string(reloading) {
			all[name+"-reloading.html"] = reloading
		}
	}
	return all
}

func TestEachPageIsAsInTestdata(t *testing.T) {
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
	const link = `<a class="button" href="https://shop.example/thanks?order=7&amp;from=&lt;mail&gt;">Back to the app</a>`
	for name, document := range documents() {
		t.Run(name, func(t *testing.T) {
			if n := strings.Count(string(document), link); n != 1 {
				t.Errorf("it has %d links to the app", n)
			}
			document = []byte(strings.Replace(string(document), link, "", 1))
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

func TestALinkLeadsOnlyToAnApp(t *testing.T) {
	for raw, want := range map[string]bool{
		"https://shop.example/thanks?order=7": true,
		"http://127.0.0.1:3000/thanks":        true,
		"com.example.shop://thanks":           true,
		"com.example.shop:/thanks":            true,
		"":                                    false,
		"javascript:alert(1)":                 false,
		"JavaScript:alert(1)":                 false,
		"data:text/html,x":                    false,
		"vbscript:x":                          false,
		"file:///etc/passwd":                  false,
		"/thanks":                             false,
		"//shop.example/":                     false,
		"https:thanks":                        false,
		"https://shop.example/%zz":            false,
	} {
		got := strings.Contains(string(Outcome(grant.PageFinished, "", View{AppURL: raw})), "<a ")
		if got != want {
			t.Errorf("%q: a link: %v", raw, got)
		}
	}
}

func TestTextFromOutsideIsEscaped(t *testing.T) {
	const hostile = `</title></style><script>alert(1)</script>`
	for name, document := range map[string][]byte{
		"the code":               Problem(hostile, View{}),
		"the code of an outcome": Outcome(grant.PageFailed, hostile, View{}),
		"a message":              Message{Heading: hostile, Text: hostile}.document(View{}),
		"the app's URL":          Outcome(grant.PageFinished, "", View{AppURL: "https://shop.example/?\"><script>alert(1)"}),
	} {
		t.Run(name, func(t *testing.T) {
			if strings.Contains(string(document), "<script") {
				t.Errorf("%s", document)
			}
			if !strings.Contains(string(document), "&lt;script&gt;alert(1)") {
				t.Errorf("the text is missing: %s", document)
			}
		})
	}
}

// A page says that it loads again by itself exactly when it does.
func TestWhatAPageSaysAboutReloadingIsTrue(t *testing.T) {
	for name, document := range documents() {
		says := regexp.MustCompile(`by itself`).Match(document)
		if reloads := strings.HasSuffix(name, "-reloading.html"); says != reloads {
			t.Errorf("%s says that it reloads: %v", name, says)
		}
	}
}

func TestPolicyAllowsTheStylesheetAndNothingElse(t *testing.T) {
	found := styleElement.FindSubmatch(Problem("x", View{}))
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

// text returns the text of the first element with a name.
func text(document []byte, element string) string {
	found := regexp.MustCompile(`<` + element + `>([^<]*)</` + element + `>`).FindSubmatch(document)
	if found == nil {
		return ""
	}
	return string(found[1])
}
