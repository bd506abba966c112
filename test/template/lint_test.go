//go:build tools

package template_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/opgrants/opgrants/test/peers"
)

// linters are those that read template.yaml.
var linters = map[string]struct {
	config, key string // where what it finds is excused
	run         func(t *testing.T, path string) findings
}{
	"cfn-lint": {".cfnlintrc", "ignore_checks", cfnLint},
	"checkov":  {".checkov.yaml", "skip-check", checkov},
}

// findings are what a linter says, by the id of its rule.
type findings map[string][]string

func TestLintersFindOnlyWhatIsExcused(t *testing.T) {
	for name, linter := range linters {
		t.Run(name, func(t *testing.T) {
			root := peers.Root(t)
			found := linter.run(t, filepath.Join(root, "template.yaml"))
			excused := excuses(t, filepath.Join(root, linter.config), linter.key)
			for id, what := range found {
				if _, ok := excused[id]; !ok {
					t.Errorf("%s:\n%s", id, strings.Join(what, "\n"))
				}
			}
			for id, reason := range excused {
				if _, ok := found[id]; !ok {
					t.Errorf("%s of %s is not found, and need not be excused", id, linter.config)
				}
				if len(strings.Fields(reason)) < 4 {
					t.Errorf("%s of %s has no reason above it", id, linter.config)
				}
			}
		})
	}
}

// What a linter excuses in the template itself has its reason there too.
func TestEachExcuseInTheTemplateHasAReason(t *testing.T) {
	text, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		excuses := strings.Contains(line, "ignore_checks:") || strings.Contains(line, "checkov:")
		if excuses && !strings.HasPrefix(strings.TrimSpace(lines[i-1]), "# ") {
			t.Errorf("template.yaml:%d has no reason above it: %s", i+1, line)
		}
	}
}

// A linter that finds nothing may have read nothing.
func TestLintersFindFlaws(t *testing.T) {
	text, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	for _, flaw := range []struct{ good, bad, linter, id string }{
		{"    MemorySize: 512\n", "", "cfn-lint", "ES1005"},
		{"Action: ['logs:CreateLogStream', 'logs:PutLogEvents']", "Action: '*'", "cfn-lint", "WS1003"},
		{"Action: 'secretsmanager:GetSecretValue'", "Action: '*'", "checkov", "CKV_AWS_107"},
		{"PointInTimeRecoveryEnabled: true", "PointInTimeRecoveryEnabled: false", "checkov", "CKV_AWS_28"},
		{"RetentionInDays: !Ref LogRetentionDays, ", "", "checkov", "CKV_AWS_66"},
		{"EnableKeyRotation: true", "EnableKeyRotation: false", "checkov", "CKV_AWS_7"},
		{"AccessLogSettings:", "Tags:", "checkov", "CKV_AWS_95"},
		{", KmsMasterKeyId: !Ref AlarmKey", "", "checkov", "CKV_AWS_26"},
	} {
		if !bytes.Contains(text, []byte(flaw.good)) {
			t.Fatalf("no %q in template.yaml", flaw.good)
		}
		text = bytes.ReplaceAll(text, []byte(flaw.good), []byte(flaw.bad))
		want[flaw.linter] = append(want[flaw.linter], flaw.id)
	}
	flawed := filepath.Join(t.TempDir(), "template.yaml")
	if err := os.WriteFile(flawed, text, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, linter := range linters {
		t.Run(name, func(t *testing.T) {
			found := linter.run(t, flawed)
			for _, id := range want[name] {
				if _, ok := found[id]; !ok {
					t.Errorf("%s is not among %v", id, slices.Sorted(maps.Keys(found)))
				}
			}
		})
	}
}

// excuses are the items of a list in a linter's configuration, each with the
// comment above it.
func excuses(t *testing.T, path, key string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var config map[string]yaml.Node
	if err := yaml.Unmarshal(text, &config); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, item := range config[key].Content {
		all[item.Value] = item.HeadComment
	}
	if len(all) == 0 {
		t.Fatalf("%s has no %s", path, key)
	}
	return all
}

func cfnLint(t *testing.T, path string) findings {
	t.Helper()
	var matches []struct {
		Rule    struct{ ID string }
		Message string
	}
	lint(t, &matches, peers.CFNLint(t), "--append-rules", "cfn_lint_serverless.rules", "--format", "json", "--", path)
	found := findings{}
	for _, m := range matches {
		found[m.Rule.ID] = append(found[m.Rule.ID], m.Message)
	}
	return found
}

// lint runs a linter and decodes its report. It ends with an error when it
// finds something.
func lint(t *testing.T, report any, path string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir = t.TempDir() // where there is no configuration
	var log bytes.Buffer
	cmd.Stderr = &log
	output, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if err := json.Unmarshal(output, report); err != nil {
		t.Fatalf("%s: %v\n%s\n%s", filepath.Base(path), err, output, &log)
	}
}
