package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
)

// bill writes the SBOM of the module in the form of CycloneDX. What it
// says of licenses is what it found in their texts, as evidence.
func (r *release) bill(dir string) error {
	if r.sbom == "" {
		return nil
	}
	path := filepath.Join(dir, "opgrants_"+r.version+".cdx.json")
	// Without a serial number and a time, which would differ each time.
	cmd := exec.CommandContext(context.Background(), r.sbom, "mod", "-json", "-licenses", "-std", "-noserial", "-notimestamp", "-output", path, ".")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("the SBOM: %w\n%s", err, out)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, r.setVersion(text), 0o644) //nolint:gosec // it is for everybody
}

// setVersion gives the module in an SBOM the version of the release. The program takes
// one from git, and none where there is no git.
func (r *release) setVersion(sbom []byte) []byte {
	sbom = gitPurl.ReplaceAll(sbom, []byte("${1}@v"+r.version+"?"))
	return ownName.ReplaceAll(sbom, []byte("${1}\n      \"version\": \"v"+r.version+"\","))
}

var (
	gitPurl = regexp.MustCompile(`(pkg:golang/github\.com/opgrants/opgrants)(?:@[^?"]*)?\?`)
	ownName = regexp.MustCompile(`("name": "github\.com/opgrants/opgrants",)(?:\s*"version": "[^"]*",)?`)
)

// checksums writes the SHA-256 of every file below dir, as `sha256sum --check` reads it.
func checksums(dir string) error {
	var lines bytes.Buffer
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		_, _ = fmt.Fprintf(&lines, "%x  %s\n", sha256.Sum256(content), filepath.ToSlash(name))
		return err
	})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "checksums.txt"), lines.Bytes(), 0o644) //nolint:gosec // it is for everybody
}
