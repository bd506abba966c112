//go:build tools

package deployment_test

import (
	"bytes"
	"maps"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/opgrants/opgrants/test/template"
)

// withPlainAlarms is a built template in which each alarm of several metrics watches
// its first one alone: the emulator refuses metric math. test/template evaluates the
// expressions of template.yaml, and here they are compared with what was built.
func withPlainAlarms(t *testing.T, text []byte) []byte {
	t.Helper()
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	written := expressions(template.Document(t))
	if got := expressions(&document); len(written) < 20 || !maps.Equal(got, written) {
		t.Errorf("the alarms that were built are\n%q\nand those of template.yaml\n%q", got, written)
	}
	for _, alarm := range alarmsOf(&document) {
		metrics := yamlMember(alarm, "Metrics")
		if metrics == nil {
			continue
		}
		stat := yamlMember(metrics.Content[0], "MetricStat")
		plain := []*yaml.Node{newText("Period"), yamlMember(stat, "Period"), newText("Statistic"), yamlMember(stat, "Stat")}
		plain = append(plain, yamlMember(stat, "Metric").Content...)
		for i := 0; i < len(alarm.Content); i += 2 {
			if alarm.Content[i].Value == "Metrics" {
				alarm.Content = append(append(alarm.Content[:i:i], plain...), alarm.Content[i+2:]...)
				break
			}
		}
	}
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(&document); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
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

func newText(s string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s} }

// yamlMember is the value of a key, or nil.
func yamlMember(of *yaml.Node, key string) *yaml.Node {
	for i := 0; of.Kind == yaml.MappingNode && i < len(of.Content); i += 2 {
		if of.Content[i].Value == key {
			return of.Content[i+1]
		}
	}
	return nil
}
