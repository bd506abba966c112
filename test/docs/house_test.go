package docs_test

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/opgrants/opgrants/test/peers"
)

// TestMakeFuzzFindsEachTarget compares what make fuzz runs with the fuzz targets
// of the module.
func TestMakeFuzzFindsEachTarget(t *testing.T) {
	var want []string
	walk(t, "_test.go", func(path string) {
		for _, f := range regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`).FindAllStringSubmatch(read(t, path), -1) {
			want = append(want, "github.com/opgrants/opgrants/"+path[:strings.LastIndex(path, "/")]+" "+f[1])
		}
	})
	cmd := exec.CommandContext(t.Context(), "make/fuzz.sh", "--list")
	cmd.Dir = peers.Root(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(string(out)), "\n")
	slices.Sort(want)
	if slices.Sort(got); len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("make fuzz runs\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestContinuousIntegrationRunsTheCommandsOfREADME checks that each make target
// that a workflow runs exists, and that both commands of README are among them.
func TestContinuousIntegrationRunsTheCommandsOfREADME(t *testing.T) {
	targets := map[string]bool{}
	for _, target := range regexp.MustCompile(`(?m)^([a-z]+):`).FindAllStringSubmatch(read(t, "Makefile"), -1) {
		targets[target[1]] = true
	}
	runs := map[string]bool{}
	for _, path := range []string{".github/workflows/test.yml", ".github/workflows/fuzz.yml"} {
		var workflow struct {
			Jobs map[string]struct {
				Steps []struct{ Uses, Run string }
			}
		}
		if err := yaml.Unmarshal([]byte(read(t, path)), &workflow); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, job := range workflow.Jobs {
			for _, step := range job.Steps {
				if made := regexp.MustCompile(`\bmake ([a-z]+)`).FindStringSubmatch(step.Run); made != nil {
					runs[made[1]] = true
				}
			}
		}
	}
	for target := range runs {
		if !targets[target] {
			t.Errorf("a workflow runs make %s, which the Makefile does not have", target)
		}
	}
	readme := read(t, "README.md")
	for _, command := range []string{"check", "test"} {
		if !runs[command] || !strings.Contains(readme, "make "+command) {
			t.Errorf("make %s is not both in README.md and in a workflow", command)
		}
	}
	if !strings.Contains(read(t, ".ci/run"), "make test") {
		t.Error(".ci/run does not run make test")
	}
}

// TestTheFilesOfGitHubAreYAML reads those that no test reads otherwise.
func TestTheFilesOfGitHubAreYAML(t *testing.T) {
	seen := 0
	walk(t, ".yml", func(path string) {
		if strings.HasPrefix(path, ".github/") {
			seen++
			var document map[string]any
			if err := yaml.Unmarshal([]byte(read(t, path)), &document); err != nil || len(document) == 0 {
				t.Errorf("%s: %v %v", path, document, err)
			}
		}
	})
	if seen < 5 {
		t.Errorf("only %d files were read", seen)
	}
}

// TestTheChangelogKeepsItsForm checks the headings against Keep a Changelog.
func TestTheChangelogKeepsItsForm(t *testing.T) {
	kinds := []string{"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}
	headings := regexp.MustCompile(`(?m)^##+ .+$`).FindAllString(read(t, "CHANGELOG.md"), -1)
	if len(headings) == 0 || headings[0] != "## [Unreleased]" {
		t.Fatalf("the first heading is not Unreleased: %v", headings)
	}
	for _, h := range headings[1:] {
		kind, isKind := strings.CutPrefix(h, "### ")
		if isKind && !slices.Contains(kinds, kind) || !isKind && !regexp.MustCompile(`^## \[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d$`).MatchString(h) {
			t.Errorf("%q is no heading of Keep a Changelog", h)
		}
	}
}
