package main

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
)

// programs are what is measured.
type programs struct {
	dir   string
	root  string           // the file system of functions in Go; empty: that of this machine
	sizes map[string]int64 // of zips, in bytes
}

// function is where a function in Go is for itself.
func (p *programs) function(name string) string {
	if p.root != "" {
		return "/" + name
	}
	return p.path(name)
}

func (p *programs) path(name string) string { return filepath.Join(p.dir, name) }

// build makes all programs as they are deployed, in dir.
func build(ctx context.Context, dir string) (*programs, error) {
	p := &programs{dir: dir, sizes: map[string]int64{}}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	var err error
	if p.root, err = makeRoot(dir); err != nil {
		return nil, err
	}
	for _, b := range []struct{ from, name, pkg string }{
		{"..", "request-grant", "./functions/request-grant"},
		{"..", "finish-callback", "./functions/finish-callback"},
		{"..", "opgrants", "./cmd/opgrants"},
		{".", "bare", "./bare"},
		{".", "empty", "./empty"},
		{".", "bench", "."},
	} {
		log.Printf("build %s", b.name)
		cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc,nethttpomithttp2", "-ldflags", "-s -w", "-o", p.path(b.name), b.pkg)
		cmd.Dir = b.from
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("build %s: %w\n%s", b.name, err, out)
		}
	}
	log.Print("bundle the functions in Node")
	cmd := exec.CommandContext(ctx, "node", "build.mjs", p.path("node"))
	cmd.Dir = "node"
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("bundle: %w\n%s", err, out)
	}
	for name, program := range map[string]string{"request-grant": "opgrants request-grant", "finish-callback": "opgrants finish-callback", "bare": "bare", "empty": "empty"} {
		p.sizes[program] = zipSize(p.path(name))
		if err := p.install(name); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"request-grant", "finish-callback"} {
		p.sizes["Node "+name] = zipSize(p.path("node/" + name + ".cjs"))
	}
	return p, nil
}

// install puts a function where it finds itself.
func (p *programs) install(name string) error {
	if p.root == "" {
		return nil
	}
	content, err := os.ReadFile(p.path(name))
	if err != nil {
		return err
	}
	path := filepath.Join(p.root, name)
	_ = os.Remove(path)
	return os.WriteFile(path, content, 0o755) // #nosec G306 -- a program
}

func zipSize(path string) int64 {
	content, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if w, err := z.Create(filepath.Base(path)); err == nil {
		_, _ = io.Copy(w, bytes.NewReader(content))
	}
	_ = z.Close()
	return int64(b.Len())
}
