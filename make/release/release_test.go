package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func sources(t *testing.T) {
	t.Helper()
	t.Chdir(filepath.Join("..", ".."))
}

func TestTheTemplateOfAReleaseDiffersInItsFunctionsOnly(t *testing.T) {
	sources(t)
	text, err := os.ReadFile("template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	names, err := functionNames(text)
	if err != nil {
		t.Fatal(err)
	}
	packaged, err := packageTemplate(text, "x86_64")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if n := strings.Count(string(packaged), "      CodeUri: functions/x86_64/"+name+".zip\n"); n != 1 {
			t.Errorf("the zip of %s is named %d times", name, n)
		}
	}
	// Without what may differ, both are the same.
	common := func(text []byte) string {
		var lines []string
		for line := range strings.Lines(strings.ReplaceAll(string(text), "{BuildMethod: makefile, ", "{")) {
			if !strings.Contains(line, "CodeUri: ") && !strings.Contains(line, "{BuildMethod: makefile}") {
				lines = append(lines, line)
			}
		}
		return strings.Join(lines, "")
	}
	want := strings.Replace(common(text), "    Default: arm64\n", "    Default: x86_64\n", 1)
	if common(packaged) != want {
		t.Error("it differs in something else")
	}
	if bytes.Contains(packaged, []byte("BuildMethod")) || bytes.Contains(packaged, []byte("CodeUri: .\n")) {
		t.Error("something is left to build")
	}
}

func TestATemplateThatIsWrittenOtherwiseIsAnError(t *testing.T) {
	sources(t)
	text, err := os.ReadFile("template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"another place for the code":    {"    CodeUri: .\n", "    CodeUri: ./src\n"},
		"another default architecture":  {"  Architecture:\n    Type: String\n", "  Architecture:\n    Type: 'String'\n"},
		"a function written otherwise":  {"    Type: AWS::Serverless::Function\n", "    Type: AWS::Serverless::Function\n    DeletionPolicy:\n      Retain\n"},
		"no function that can be found": {"    Properties:\n", "    'Properties':\n"},
	} {
		changed := []byte(strings.Replace(string(text), change[0], change[1], -1))
		if bytes.Equal(changed, text) {
			t.Fatalf("%s: there is nothing to change", name)
		}
		_, err := functionNames(changed)
		if err == nil {
			_, err = packageTemplate(changed, "arm64")
		}
		if err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestAVersionIsPartOfFileNames(t *testing.T) {
	for version, good := range map[string]bool{
		"1.2.3": true, "1.2.3-4-gabc1234-dirty": true, "c08af34": true, "": false, "1/2": false, "../x": false, "1 2": false, "1..2": false,
	} {
		if err := checkVersion(version); (err == nil) != good {
			t.Errorf("%q: %v", version, err)
		}
	}
}

// Archives have no time, owner or order of the machine that made them.
func TestArchivesOfTheSameFilesAreTheSameBytes(t *testing.T) {
	entries := []entry{{"opgrants.exe", 0o755, []byte("program")}, {"LICENSE", 0o644, []byte("license")}}
	for name, pack := range map[string]func([]entry) ([]byte, error){"tar.gz": packTar, "zip": packZip} {
		first, err := pack(entries)
		if err != nil {
			t.Fatal(err)
		}
		second, err := pack(entries)
		if err != nil || !bytes.Equal(first, second) {
			t.Errorf("%s: other bytes, %v", name, err)
		}
	}
	packed, err := packZip(entries)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil || len(z.File) != 2 || z.File[0].Mode() != 0o755 || !z.File[0].Modified.Equal(epoch) {
		t.Errorf("the zip has %+v, %v", z.File, err)
	}
	compressed, err := packTar(entries)
	if err != nil {
		t.Fatal(err)
	}
	g, err := gzip.NewReader(bytes.NewReader(compressed))
	if err != nil {
		t.Fatal(err)
	}
	header, err := tar.NewReader(g).Next()
	if err != nil || header.Name != "opgrants.exe" || header.Mode != 0o755 || !header.ModTime.Equal(epoch) {
		t.Errorf("the tar has %+v, %v", header, err)
	}
}
