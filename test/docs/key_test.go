package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/peers"
)

// The ways to tell somebody to give an app the service's private key.
var givesKey = []*regexp.Regexp{
	regexp.MustCompile(`(?i)\b(give|copy|hand|pass|put|share|mount|upload|send|move|add|use|load|set)\b.*` + keyWords + `.*\b(app|apps|shop|client code|web server)\b`),
	regexp.MustCompile(`(?i)\b(give|hand|pass|send)\b.*\b(app|apps|shop)\b.*` + keyWords),
	regexp.MustCompile(`(?i)\b(app|apps|shop)\b.*\b(needs?|gets?|reads?|has|have|holds?|keeps?|loads?|signs?|must|should)\b.*` + keyWords),
}

const keyWords = `(\bkey\.pem\b|\bprivate[ _-]key\b|\bsigning key\b|\bservice's key\b|PRIVATE_KEY)`

// denies matches a sentence that says that no app gets the key.
var denies = regexp.MustCompile(`(?i)\b(no|not|never|nobody|without|none|instead)\b`)

// givenKeys returns the sentences of a text that tell somebody to give an app the key.
func givenKeys(text string) (found []string) {
	for _, paragraph := range regexp.MustCompile(`\n\s*(\n|[-*|#]|\d+\. )`).Split(text, -1) {
		words := strings.Join(strings.Fields(paragraph), " ")
		for _, sentence := range regexp.MustCompile(`[.!?:;] | \| `).Split(words, -1) {
			gives := slices.ContainsFunc(givesKey, func(p *regexp.Regexp) bool { return p.MatchString(sentence) })
			if gives && !denies.MatchString(sentence) {
				found = append(found, sentence)
			}
		}
	}
	return found
}

// signers are the programs that a line of a shell may give a private key to.
var signers = regexp.MustCompile(`\b(opgrants|openssl|chmod|base64|sudo install|aws|jq|umask)\b`)

// keyGivenTo returns the lines of a shell that give a private key to another program,
// such as an app.
func keyGivenTo(commands string) (found []string) {
	for line := range strings.Lines(strings.ReplaceAll(commands, "\\\n", " ")) {
		if regexp.MustCompile(`PRIVATE_KEY|\.pem\b`).MatchString(line) && regexp.MustCompile(`\b(node|npm|python3?|flask|ruby|php|go run|docker|cp|scp|vercel|heroku|fly)\b`).MatchString(line) &&
			!signers.MatchString(line) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

// No page, help text, example or page of the demo tells anybody to give an app the
// service's private key: whoever has it is the service.
func TestNobodyIsToldToGiveAnAppThePrivateKey(t *testing.T) {
	read := 0
	for _, root := range []string{"README.md", "SECURITY.md", "CONTRIBUTING.md", "docs", "examples", "deploy",
		"cmd/opgrants/internal", "internal/pages", "internal/httpapi", "internal/config", "template.yaml"} {
		err := filepath.WalkDir(filepath.Join(peers.Root(t), root), func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasSuffix(file, ".png") || strings.HasSuffix(file, "_test.go") || strings.HasSuffix(file, "package-lock.json") {
				return err
			}
			text, err := os.ReadFile(file)
			read++
			for _, found := range append(givenKeys(string(text)), keyGivenTo(string(text))...) {
				t.Errorf("%s: %s", file, found)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if read < 100 {
		t.Errorf("only %d files were read", read)
	}
}

// The shops among the examples read the URL of the service and their token, and
// nothing else.
func TestTheShopsHaveNoKey(t *testing.T) {
	variable := regexp.MustCompile(`(?:process\.env\.|environ\[["']|environ\.get\(["']|Getenv\(")([A-Z_]+)`)
	shops, err := filepath.Glob(filepath.Join(peers.Root(t), "examples/shop-*/*"))
	if err != nil || len(shops) < 5 {
		t.Fatalf("%v %v", shops, err)
	}
	names := map[string]bool{}
	for _, file := range shops {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range variable.FindAllStringSubmatch(string(text), -1) {
			names[name[1]] = true
		}
		if found := regexp.MustCompile(`(?i)ed25519|signature-input|\.pem\b|PRIVATE_KEY|KEY_ID|keygen`).FindString(string(text)); found != "" && !strings.HasSuffix(file, "package-lock.json") {
			t.Errorf("%s has %s", file, found)
		}
	}
	if want := map[string]bool{"PORT": true, "OPGRANTS_URL": true, "OPGRANTS_TOKEN": true}; len(names) != len(want) || !names["OPGRANTS_URL"] || !names["OPGRANTS_TOKEN"] {
		t.Errorf("the shops read %v, want %v", names, want)
	}
}

// The patterns find what they are for.
func TestAdviceToGiveAnAppTheKeyIsFound(t *testing.T) {
	for text, want := range map[string]bool{
		"Give your app key.pem.":                                                  true,
		"Copy the private key\ninto the environment of your app.":                 true,
		"Set PRIVATE_KEY_PATH in your shop too.":                                  true,
		"The app signs its requests with the service's key.":                      true,
		"1. Get a token.\n2. Your app needs the private key to use it.":           true,
		"Hand the app the signing key":                                            true,
		"No app needs the private key.":                                           false,
		"Your app needs two calls and one redirect, in any language, and no key.": false,
		"`opgrants keygen` makes the private key of the service.":                 false,
	} {
		if got := len(givenKeys(text)) > 0; got != want {
			t.Errorf("%q is found: %v, want %v", text, got, want)
		}
	}
	for line, want := range map[string]bool{
		"PRIVATE_KEY_PATH=key.pem node server.js": true, "cp key.pem ../shop/": true,
		"bin/opgrants serve --private-key-path key.pem": false, "docker run --env PRIVATE_KEY=x opgrants": false,
	} {
		if got := len(keyGivenTo(line)) > 0; got != want {
			t.Errorf("%q is found: %v, want %v", line, got, want)
		}
	}
}
