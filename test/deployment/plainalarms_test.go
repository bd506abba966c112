//go:build tools

package deployment_test

import (
	"maps"
	"os"
	"os/exec"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/opgrants/opgrants/test/template"
)

// makeAlarmsPlain changes a built template for the emulator, which refuses metric math.
// test/template evaluates the expressions of template.yaml, and here they are compared
// with what was built.
func makeAlarmsPlain(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	written := expressions(template.Document(t))
	if got := expressions(&document); len(written) < 20 || !maps.Equal(got, written) {
		t.Errorf("the alarms that were built are\n%q\nand those of template.yaml\n%q", got, written)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "run", "github.com/opgrants/opgrants/test/plainalarms", path).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// expressions are those of all alarms, with their thresholds, by the alarm's name.
func expressions(document *yaml.Node) map[string]string {
	all := map[string]string{}
	for name, alarm := range alarmsOf(document) {
		metrics := yamlMember(alarm, "Metrics")
		if metrics == nil {
			continue
		}
		for _, q := range metrics.Content {
			if e := yamlMember(q, "Expression"); e != nil {
				all[name] += yamlMember(q, "Id").Value + " = " + e.Value + "; "
			}
		}
		all[name] += yamlMember(alarm, "Threshold").Value
	}
	return all
}

// alarmsOf are the properties of the alarms of a template.
func alarmsOf(document *yaml.Node) map[string]*yaml.Node {
	all := map[string]*yaml.Node{}
	resources := yamlMember(document.Content[0], "Resources").Content
	for i := 0; i < len(resources); i += 2 {
		if yamlMember(resources[i+1], "Type").Value == "AWS::CloudWatch::Alarm" {
			all[resources[i].Value] = yamlMember(resources[i+1], "Properties")
		}
	}
	return all
}

// yamlMember is the value of a key, or nil.
func yamlMember(of *yaml.Node, key string) *yaml.Node {
	for i := 0; of.Kind == yaml.MappingNode && i < len(of.Content); i += 2 {
		if of.Content[i].Value == key {
			return of.Content[i+1]
		}
	}
	return nil
}
