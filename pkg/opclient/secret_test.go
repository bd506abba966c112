package opclient_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/pkg/httpsig"
	"github.com/opgrants/opgrants/pkg/opclient"
)

func TestWhatHoldsSecretsHasNoJSON(t *testing.T) {
	for _, v := range []any{opclient.Pending{}, opclient.Continue{}, opclient.Token{}, opclient.PendingGrant{}, opclient.Config{}, opclient.Client{},
		httpsig.Signer{}, opclient.Grant{Token: &opclient.Token{}}, []opclient.Continue{{}}, &opclient.Token{}} {
		if text, err := json.Marshal(v); err == nil {
			t.Errorf("%T is written as %s", v, text)
		}
	}
	var s opclient.Secret
	if text, err := json.Marshal(s); err != nil || string(text) != `""` {
		t.Errorf("no secret is written as %s, %v", text, err)
	}
	text, err := json.Marshal(opclient.Secret("sesame"))
	if err != nil || string(text) != `"REDACTED"` {
		t.Errorf("a secret is written as %s, %v", text, err)
	}
	if err := json.Unmarshal(text, &s); err == nil {
		t.Errorf("and silently read back as %q", string(s))
	}
	if err := json.Unmarshal([]byte(`"sesame"`), &s); err != nil || string(s) != "sesame" {
		t.Errorf("got %q, %v", string(s), err)
	}
	if err := gob.NewEncoder(&bytes.Buffer{}).Encode(opclient.PendingGrant{}); err == nil {
		t.Error("an empty pending grant is stored")
	}
}

// pointerVerb matches a directive of package fmt with the verb p.
var pointerVerb = regexp.MustCompile(`%[-+# 0]*(\[\d+\])?\d*p\b`)

// With %p, package fmt prints the text of a Secret and calls none of its methods.
// go vet reports %w, and it does not report %p.
func TestNoProgramOfThisModuleUsesTheVerbP(t *testing.T) {
	if text := fmt.Sprintf("%p", opclient.Secret(marker)); !strings.Contains(text, marker) {
		t.Error("package fmt no longer prints it: the documentation of Secret can promise every verb")
	}
	files := 0
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != "../.." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		files++
		source, err := os.ReadFile(path)
		for _, text := range stringsIn(source) {
			if found := pointerVerb.FindString(text); found != "" {
				t.Errorf("%s uses %s, which prints secrets", path, found)
			}
		}
		return err
	})
	if err != nil || files < 100 {
		t.Fatalf("read %d files: %v", files, err)
	}
}

// stringsIn returns the string literals of Go source.
func stringsIn(source []byte) (literals []string) {
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(source)), source, nil, 0)
	for {
		switch _, kind, text := s.Scan(); kind {
		case token.EOF:
			return literals
		case token.STRING:
			literals = append(literals, text)
		}
	}
}
