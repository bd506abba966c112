// Command release makes a release in a folder: the template with the zips of its
// functions, the programs for people, an SBOM and checksums. The same sources and
// version give the same bytes, wherever they are. Run it by `make release`.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A release is what to make, and where.
type release struct {
	version       string // without the v of its tag
	out           string // a folder that does not exist yet
	architectures []string
	platforms     []string
	sbom          string // the program cyclonedx-gomod; "": no SBOM
	work          string // a folder for what is built on the way
}

func main() {
	var r release
	flag.StringVar(&r.version, "version", "", "version, such as 1.2.3")
	flag.StringVar(&r.out, "out", "", "folder to make")
	flag.StringVar(&r.sbom, "sbom", "", "path of cyclonedx-gomod; empty: no SBOM")
	architectures := flag.String("architectures", "arm64,x86_64", "of the functions")
	platforms := flag.String("platforms", "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64", "of the programs")
	flag.Parse()
	r.architectures, r.platforms = strings.Split(*architectures, ","), strings.Split(*platforms, ",")
	if err := r.make(); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// make writes the folder as a whole: after an error there is none.
func (r *release) make() (err error) {
	if err := checkVersion(r.version); err != nil {
		return err
	}
	if _, err := os.Stat(r.out); err == nil {
		return fmt.Errorf("the folder %s exists: remove it, or name another one", r.out)
	}
	if err := os.MkdirAll(filepath.Dir(r.out), 0o750); err != nil {
		return err
	}
	// Beside out, so that it can be renamed.
	if r.work, err = os.MkdirTemp(filepath.Dir(r.out), ".release-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(r.work) }()
	done := filepath.Join(r.work, "out")
	if err := os.Mkdir(done, 0o750); err != nil {
		return err
	}
	for _, step := range []func(dir string) error{r.functions, r.programs, r.bill, checksums} {
		if err := step(done); err != nil {
			return err
		}
	}
	return os.Rename(done, r.out)
}

// checkVersion refuses what cannot be part of a file name.
func checkVersion(version string) error {
	if version == "" || strings.Trim(version, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-+") != "" || strings.Contains(version, "..") {
		return fmt.Errorf("the version %q is not one such as 1.2.3", version)
	}
	return nil
}
