package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// programs are what a release has for people.
var programs = []string{"opgrants", "opgrants-restore"}

// An entry is a file of an archive.
type entry struct {
	name    string
	mode    os.FileMode
	content []byte
}

// programs makes one archive for each platform: a zip for Windows, else a tar.gz.
func (r *release) programs(dir string) error {
	for _, platform := range r.platforms {
		system, architecture, ok := strings.Cut(platform, "/")
		if !ok {
			return fmt.Errorf("%q is not a platform such as linux/amd64", platform)
		}
		entries, err := r.build(system, architecture)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("opgrants_%s_%s_%s", r.version, system, architecture)
		pack, suffix := packTar, ".tar.gz"
		if system == "windows" {
			pack, suffix = packZip, ".zip"
		}
		archive, err := pack(entries)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name+suffix), archive, 0o644); err != nil { //nolint:gosec // it is for everybody
			return err
		}
	}
	return nil
}

// build returns the programs for a platform, statically linked, and the license.
func (r *release) build(system, architecture string) (entries []entry, err error) {
	for _, name := range programs {
		file := name
		if system == "windows" {
			file += ".exe"
		}
		path := filepath.Join(r.work, system, architecture, file)
		cmd := exec.CommandContext(context.Background(), "go", "build", "-trimpath", "-buildvcs=false", "-o", path,
			"-ldflags", "-s -w -X github.com/opgrants/opgrants/cmd/opgrants/internal/command.version="+r.version, "./cmd/"+name)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "GOOS="+system, "GOARCH="+architecture)
		cmd.Stderr = os.Stderr
		if err := cmd.Run(); err != nil {
			return nil, fmt.Errorf("build %s for %s/%s: %w", name, system, architecture, err)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry{file, 0o755, content})
	}
	license, err := os.ReadFile("LICENSE")
	return append(entries, entry{"LICENSE", 0o644, license}), err
}

func packTar(entries []entry) ([]byte, error) {
	var b bytes.Buffer
	g := gzip.NewWriter(&b)
	t := tar.NewWriter(g)
	for _, e := range entries {
		if err := t.WriteHeader(&tar.Header{Name: e.name, Mode: int64(e.mode), Size: int64(len(e.content)), ModTime: epoch}); err != nil {
			return nil, err
		}
		if _, err := t.Write(e.content); err != nil {
			return nil, err
		}
	}
	if err := t.Close(); err != nil {
		return nil, err
	}
	err := g.Close()
	return b.Bytes(), err
}

func packZip(entries []entry) ([]byte, error) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, e := range entries {
		if err := addToZip(z, e.name, e.mode, e.content); err != nil {
			return nil, err
		}
	}
	err := z.Close()
	return b.Bytes(), err
}
