//go:build tools

package template_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/opgrants/opgrants/test/peers"
)

// checkov does not look into a policy that has an !If, nor at a resource whose
// Condition is false by default. So it gets the template twice, with all that
// is in it: each !If as if its condition were true, and as if it were false.
func checkov(t *testing.T, of string) findings {
	t.Helper()
	text, err := os.ReadFile(of)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"--framework", "cloudformation", "--skip-download", "--output", "json", "--file"}
	dir := t.TempDir()
	for branch, name := range map[int]string{1: "true.yaml", 2: "false.yaml"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, choose(t, text, branch), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	var report struct {
		Results struct {
			FailedChecks []struct {
				ID       string `json:"check_id"`
				Name     string `json:"check_name"`
				Path     string `json:"file_path"`
				Resource string
			} `json:"failed_checks"`
		}
		Summary struct {
			Passed        int
			ParsingErrors int `json:"parsing_errors"`
		}
	}
	lint(t, &report, peers.Checkov(t), args...)
	if report.Summary.Passed == 0 || report.Summary.ParsingErrors > 0 {
		t.Fatalf("checkov cannot read its files: %+v", report.Summary)
	}
	found := findings{}
	for _, failed := range report.Results.FailedChecks {
		found[failed.ID] = append(found[failed.ID], filepath.Base(failed.Path)+": "+failed.Resource+": "+failed.Name)
	}
	return found
}

// choose replaces each !If by one of its branches: 1 or 2. No resource has a
// Condition any more.
func choose(t *testing.T, text []byte, branch int) []byte {
	t.Helper()
	var whole yaml.Node
	if err := yaml.Unmarshal(text, &whole); err != nil {
		t.Fatal(err)
	}
	chooseBelow(&whole, branch)
	chosen, err := yaml.Marshal(&whole)
	if err != nil {
		t.Fatal(err)
	}
	return chosen
}

func chooseBelow(n *yaml.Node, branch int) {
	for n.Tag == "!If" {
		*n = *n.Content[branch]
	}
	for _, below := range n.Content {
		chooseBelow(below, branch)
	}
	switch n.Kind {
	case yaml.SequenceNode:
		n.Content = slices.DeleteFunc(n.Content, isNoValue)
	case yaml.MappingNode:
		var kept []*yaml.Node
		for pair := range slices.Chunk(n.Content, 2) {
			ofResource := pair[0].Value == "Condition" && pair[1].Kind == yaml.ScalarNode // a policy's is a mapping
			if !ofResource && !isNoValue(pair[1]) {
				kept = append(kept, pair...)
			}
		}
		n.Content = kept
	}
}

func isNoValue(n *yaml.Node) bool { return n.Tag == "!Ref" && n.Value == "AWS::NoValue" }
