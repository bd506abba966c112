//go:build tools

package deployment_test

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/opgrants/opgrants/test/peers"
)

// What a release has can be made again by anybody, and compared.
func TestAnotherFolderMakesTheSameRelease(t *testing.T) {
	t.Parallel()
	first, second := makeRelease(t, peers.Root(t)), makeRelease(t, copyOfSources(t))
	for _, name := range []string{"checksums.txt", "template-" + peers.Architecture() + ".yaml", "opgrants_1.2.3_aws.zip",
		"opgrants_1.2.3_" + runtime.GOOS + "_" + runtime.GOARCH + ".tar.gz", "opgrants_1.2.3.cdx.json", "functions/" + peers.Architecture() + "/RequestGrant.zip"} {
		if len(first[name]) == 0 {
			t.Errorf("there is no %s", name)
		}
	}
	if len(first) != len(second) {
		t.Errorf("%d files, and %d when it is made elsewhere", len(first), len(second))
	}
	for name, content := range first {
		if !bytes.Equal(content, second[name]) {
			t.Errorf("%s has other bytes when it is made elsewhere", name)
		}
	}
}

// makeRelease makes a release for this architecture from the sources in a folder, and
// returns its files.
func makeRelease(t *testing.T, sources string) map[string][]byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "release")
	cmd := exec.CommandContext(t.Context(), "go", "run", "./make/release", "-version", "1.2.3", "-out", out, "-architectures", peers.Architecture(),
		"-platforms", runtime.GOOS+"/"+runtime.GOARCH, "-sbom", peers.CycloneDX(t))
	cmd.Dir = sources
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	check := exec.CommandContext(t.Context(), "sha256sum", "--check", "--quiet", "checksums.txt")
	check.Dir = out
	if text, err := check.CombinedOutput(); err != nil {
		t.Errorf("the checksums: %v\n%s", err, text)
	}
	files := map[string][]byte{}
	err := filepath.WalkDir(out, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		name, _ := filepath.Rel(out, path)
		files[filepath.ToSlash(name)] = content
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
