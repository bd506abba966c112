//go:build tools

package docs_test

import (
	"archive/zip"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/peers"
)

const module = "github.com/opgrants/opgrants"

// fromHere is the environment in which go and git get this module from this
// folder, as they would from where it is published. All else comes from the
// module cache.
func fromHere(t *testing.T) []string {
	t.Helper()
	proxy := t.TempDir()
	versions := filepath.Join(proxy, module, "@v")
	if err := os.MkdirAll(versions, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"list": "v0.0.1\n", "v0.0.1.info": `{"Version":"v0.0.1"}`, "v0.0.1.mod": read(t, "go.mod"),
	} {
		if err := os.WriteFile(filepath.Join(versions, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	zipModule(t, filepath.Join(versions, "v0.0.1.zip"))
	cache, err := exec.CommandContext(t.Context(), "go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	return []string{
		"GOPROXY=file://" + proxy + ",file://" + filepath.Join(strings.TrimSpace(string(cache)), "cache", "download"),
		"GOMODCACHE=" + t.TempDir(), "GOFLAGS=-modcacherw", "GONOSUMDB=" + module, "GONOSUMCHECK=1", "GOSUMDB=off", "GOBIN=" + t.TempDir(),
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=url.file://" + peers.Root(t) + ".insteadOf", "GIT_CONFIG_VALUE_0=https://" + module,
	}
}

func zipModule(t *testing.T, path string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	w := zip.NewWriter(file)
	root := copyRepository(t)
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if _, module := os.Stat(filepath.Join(path, "go.mod")); err == nil && d.IsDir() && path != root && module == nil {
			return filepath.SkipDir // another module is not part of this one
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		entry, err := w.Create(module + "@v0.0.1/" + filepath.ToSlash(relative))
		if err != nil {
			return err
		}
		_, err = entry.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

func playLibrary(t *testing.T, page string) {
	app := t.TempDir()
	s := newScene(t, page, fromHere(t)...)
	s.replace("go get "+module+"/pkg/opclient@latest", "(cd "+app+" && go mod init shop.example/app && go get "+module+"/pkg/opclient@latest && go list "+module+"/pkg/opclient)")
	s.play()
}
