package cli

import (
	"errors"
	"strings"
	"testing"
)

// A line that the program prints can be run where the program was.
func TestACommandToTryIsPrintedAsTheShellFindsIt(t *testing.T) {
	for name, want := range map[string]string{
		"opgrants": "opgrants doctor", "bin/opgrants": "bin/opgrants doctor", "./opgrants": "./opgrants doctor",
		"/usr/local/bin/opgrants": "opgrants doctor", "/tmp/go-build1/exe/opgrants": "opgrants doctor", "./cli.test": "opgrants doctor",
	} {
		var text strings.Builder
		term := &Terminal{Err: &text, Path: ProgramPath(name)}
		term.Fail(errTest, "opgrants doctor")
		if got := text.String(); got != "opgrants: wrong\nTry: "+want+"\n" {
			t.Errorf("%s: %q", name, got)
		}
		if got := term.Runnable("chmod 600 key.pem"); got != "chmod 600 key.pem" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

var errTest = errors.New("wrong")
