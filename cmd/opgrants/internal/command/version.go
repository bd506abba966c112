package command

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

// Version is `opgrants version`.
type Version struct {
	Output cli.OutputFlags `embed:""`
}

// Help is the long text of --help.
func (*Version) Help() string {
	return `Prints the version of the module, the commit that it was built from, and the version of Go, as the build has recorded
them. "modified" means that files were changed since that commit.` + exitCodes(exit.OK, exit.Usage)
}

// version is that of a release, which the linker sets. "": that of the module.
var version string

// A build is what the build has recorded about the program.
type build struct {
	Version  string `json:"version"`            // of the module; (devel) if it is unknown
	Revision string `json:"revision,omitempty"` // of the commit
	Time     string `json:"time,omitempty"`     // of the commit
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// Run prints the version.
func (c *Version) Run(term *cli.Terminal) error {
	out := c.Output.To(term)
	b := build{Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.read(info)
	}
	b.Version = cmp.Or(version, b.Version)
	return out.End(out.Version(b.String(), b))
}

func (b *build) read(info *debug.BuildInfo) {
	if info.Main.Version != "" {
		b.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Revision = s.Value
		case "vcs.time":
			b.Time = s.Value
		case "vcs.modified":
			b.Modified = s.Value == "true"
		}
	}
}

// String returns the version in one line.
func (b build) String() string {
	line := "opgrants " + b.Version
	if b.Revision != "" {
		line += fmt.Sprintf(", commit %s of %s", b.Revision[:min(12, len(b.Revision))], b.Time)
	}
	if b.Modified {
		line += ", modified"
	}
	return line + ", " + b.Go + ", " + b.Platform
}
