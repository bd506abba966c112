package command

import (
	"cmp"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
)

// Version is `opgrants version`.
type Version struct{}

// version is that of a release, which the linker sets. "": that of the module.
var version string

// Run prints the version, and what the program was built with and for.
func (*Version) Run(term *cli.Terminal) error {
	return term.Print("opgrants %s (%s %s/%s)", currentVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// currentVersion is also known of a program that `go install` made of a tag.
func currentVersion() string {
	of := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		of = strings.Trim(info.Main.Version, "()")
	}
	return cmp.Or(version, strings.TrimPrefix(of, "v"), "devel")
}
