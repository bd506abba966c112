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
)

// bill writes the SBOM of the module in the form of CycloneDX. What it
// says of licenses is what it found in their texts, as evidence.
func (r *release) bill(dir string) error {
	if r.sbom == "" {
		return nil
	}
	// Without a serial number and a time, which would differ each time.
	cmd := exec.CommandContext(context.Background(), r.sbom, "mod", "-json", "-licenses", "-std", "-noserial", "-notimestamp",
		"-output", filepath.Join(dir, "opgrants_"+r.version+".cdx.json"), ".")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("the SBOM: %w\n%s", err, out)
	}
	return nil
}

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
