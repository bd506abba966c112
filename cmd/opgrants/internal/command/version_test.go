package command

import (
	"bytes"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
)

func TestTheVersionIsThatOfTheBuild(t *testing.T) {
	for want, info := range map[string]debug.BuildInfo{
		"opgrants v0.1.0, go1.26.8, linux/amd64": {Main: debug.Module{Version: "v0.1.0"}},
		"opgrants (devel), commit 0979a28cafe0 of 2026-11-28T12:00:00Z, modified, go1.26.8, linux/amd64": {Main: debug.Module{Version: "(devel)"}, Settings: []debug.BuildSetting{
			{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: "0979a28cafe0123456789"}, {Key: "vcs.time", Value: "2026-11-28T12:00:00Z"}, {Key: "vcs.modified", Value: "true"},
		}},
		"opgrants (devel), go1.26.8, linux/amd64": {},
	} {
		b := build{Version: "(devel)", Go: "go1.26.8", Platform: "linux/amd64"}
		b.read(&info)
		if b.String() != want {
			t.Errorf("got  %s\nwant %s", b, want)
		}
	}
}

func TestTheVersionIsThatWhichTheLinkerSet(t *testing.T) {
	version = "1.2.3"
	defer func() { version = "" }()
	var out bytes.Buffer
	if err := new(Version).Run(&cli.Terminal{Out: &out}); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out.String(), "opgrants 1.2.3, ") {
		t.Errorf("got %q", out.String())
	}
}
