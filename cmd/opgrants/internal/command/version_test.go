package command

import (
	"bytes"
	"runtime"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
)

func TestVersionSaysWhatTheLinkerSet(t *testing.T) {
	printed := func() string {
		var out bytes.Buffer
		if err := new(Version).Run(&cli.Terminal{Out: &out}); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if got := printed(); !strings.HasPrefix(got, "opgrants devel (go") {
		t.Errorf("without a release: %s", got)
	}
	version = "1.2.3"
	defer func() { version = "" }()
	if got, want := printed(), "opgrants 1.2.3 ("+runtime.Version()+" "+runtime.GOOS+"/"+runtime.GOARCH+")\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
