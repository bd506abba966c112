package main

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"time"
)

// functions makes for each architecture the zips of the functions, and a template that
// names them: `aws cloudformation package` uploads what it names.
func (r *release) functions(dir string) error {
	text, err := os.ReadFile("template.yaml")
	if err != nil {
		return err
	}
	names, err := functionNames(text)
	if err != nil {
		return err
	}
	for _, architecture := range r.architectures {
		if err := os.MkdirAll(filepath.Join(dir, "functions", architecture), 0o750); err != nil {
			return err
		}
		for _, name := range names {
			if err := r.function(filepath.Join(dir, zipPath(architecture, name)), architecture, name); err != nil {
				return err
			}
		}
		packaged, err := packageTemplate(text, architecture)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "template-"+architecture+".yaml"), packaged, 0o644); err != nil { //nolint:gosec // it is for everybody
			return err
		}
	}
	return r.packFunctions(dir)
}

// packFunctions puts the templates and the zips into one archive, to be downloaded.
func (r *release) packFunctions(dir string) error {
	var entries []entry
	for _, architecture := range r.architectures {
		paths, err := filepath.Glob(filepath.Join(dir, "functions", architecture, "*.zip"))
		if err != nil {
			return err
		}
		for _, path := range append(paths, filepath.Join(dir, "template-"+architecture+".yaml")) {
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			name, err := filepath.Rel(dir, path)
			if err != nil {
				return err
			}
			entries = append(entries, entry{filepath.ToSlash(name), 0o644, content})
		}
	}
	archive, err := packZip(entries)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "opgrants_"+r.version+"_aws.zip"), archive, 0o644) //nolint:gosec // it is for everybody
}

// zipPath is where a template finds the zip of a function.
func zipPath(architecture, name string) string {
	return "functions/" + architecture + "/" + name + ".zip"
}

// function builds a function as `sam build` does, by the targets of make/sam.mk.
func (r *release) function(path, architecture, name string) error {
	built := filepath.Join(r.work, architecture, name)
	if err := os.MkdirAll(built, 0o750); err != nil {
		return err
	}
	cmd := exec.CommandContext(context.Background(), "make", "--no-print-directory", "-s", "-f", "make/sam.mk", "build-"+name, "ARTIFACTS_DIR="+built, "ARCHITECTURE="+architecture)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("build the function %s: %w", name, err)
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(writeZip(f, filepath.Join(built, "bootstrap"), "bootstrap"), f.Close())
}

// epoch is when each file of a release was changed. A zip has no earlier time.
var epoch = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// writeZip writes a zip with one program.
func writeZip(w io.Writer, path, name string) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	if err := addToZip(z, name, 0o755, content); err != nil {
		return err
	}
	return z.Close()
}

func addToZip(z *zip.Writer, name string, mode os.FileMode, content []byte) error {
	header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: epoch}
	header.SetMode(mode)
	w, err := z.CreateHeader(header)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, bytes.NewReader(content))
	return err
}

var (
	// function matches the name of a function in template.yaml and what it says up to
	// its properties.
	function = regexp.MustCompile(`(?m)^  ([A-Za-z0-9]+):\n((?:    (?:Type|Metadata|DependsOn|Condition): .*\n|    #.*\n)*)    Properties:\n`)
	codeURI  = regexp.MustCompile(`(?m)^    CodeUri: \.\n`)
	// built is how a function is built, which it is already.
	built   = regexp.MustCompile(`BuildMethod: makefile(, )?`)
	nothing = regexp.MustCompile(`(?m)^    Metadata: \{\}\n`)
	// defaultArchitecture is that of the parameter Architecture.
	defaultArchitecture = regexp.MustCompile(`(?m)^(  Architecture:\n    Type: String\n    Default: )\S+\n`)
)

var errTemplate = errors.New("template.yaml is not written as make/release expects it")

func isFunction(head []byte) bool {
	return bytes.Contains(head, []byte("Type: AWS::Serverless::Function\n"))
}

// functionNames are the logical ids of the functions of template.yaml.
func functionNames(text []byte) (names []string, err error) {
	for _, match := range function.FindAllSubmatch(text, -1) {
		if isFunction(match[2]) {
			names = append(names, string(match[1]))
		}
	}
	if len(names) == 0 || len(names) != bytes.Count(text, []byte("Type: AWS::Serverless::Function\n")) {
		return nil, fmt.Errorf("%w: not each function can be found", errTemplate)
	}
	return names, nil
}

// packageTemplate is template.yaml with the functions' zips, for an architecture.
func packageTemplate(text []byte, architecture string) ([]byte, error) {
	if !codeURI.Match(text) || !defaultArchitecture.Match(text) {
		return nil, fmt.Errorf("%w: CodeUri or Architecture cannot be found", errTemplate)
	}
	text = codeURI.ReplaceAll(text, nil)
	text = defaultArchitecture.ReplaceAll(text, []byte("${1}"+architecture+"\n"))
	return function.ReplaceAllFunc(text, func(match []byte) []byte {
		parts := function.FindSubmatch(match)
		if !isFunction(parts[2]) {
			return match
		}
		head := nothing.ReplaceAll(built.ReplaceAll(match, nil), nil)
		return fmt.Appendf(head, "      CodeUri: %s\n", zipPath(architecture, string(parts[1])))
	}), nil
}
