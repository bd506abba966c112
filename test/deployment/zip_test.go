//go:build tools

package deployment_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/opgrants/opgrants/test/peers"
)

// A deployment of the same sources changes no function, whoever built it where.
func TestAnotherFolderMakesTheSameSmallZips(t *testing.T) {
	t.Parallel()
	elsewhere := copyOfSources(t)
	for _, architecture := range []string{"arm64", "x86_64"} {
		t.Run(architecture, func(t *testing.T) {
			t.Parallel()
			endpoint := peers.AWS(t) // of its own: in a shared one, both would make SAM's bucket at once
			again := t.TempDir()
			buildFrom(t, elsewhere, architecture, again)
			first, second := zips(t, endpoint, build(t, architecture)), zips(t, endpoint, again)
			for _, function := range functions {
				const most = 4_000_000
				size := len(first[function])
				if size > most {
					t.Errorf("the zip of %s has %d bytes, more than %d", function, size, most)
				}
				if !bytes.Equal(first[function], second[function]) {
					t.Errorf("the zip of %s has other bytes when it is built in %s", function, elsewhere)
				}
				t.Logf("zip of %s: %d bytes", function, size)
			}
		})
	}
}

// zips are what SAM uploads of a build, by function.
func zips(t *testing.T, endpoint, build string) map[string][]byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "packaged.yaml")
	sam(t, []string{"AWS_ENDPOINT_URL=" + endpoint}, "package", "--resolve-s3", "--force-upload",
		"--template-file", filepath.Join(build, "template.yaml"), "--output-template-file", path)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var packaged struct {
		Resources map[string]struct {
			Properties struct {
				CodeURI string `yaml:"CodeUri"`
			} `yaml:"Properties"`
		} `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(text, &packaged); err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, function := range functions {
		all[function] = get(t, endpoint+strings.TrimPrefix(packaged.Resources[function].Properties.CodeURI, "s3:/"))
	}
	return all
}

func get(t *testing.T, url string) []byte {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, response.Status, err)
	}
	return body
}
