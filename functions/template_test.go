package functions_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/grant"
)

// A template is template.yaml, in which !Ref and the like are read as their
// arguments.
type template struct {
	Parameters map[string]parameter
	Metadata   struct {
		Interface struct {
			ParameterGroups []struct{ Parameters []string }
		} `json:"AWS::CloudFormation::Interface"`
	}
	Globals struct {
		Function struct {
			Timeout       int // seconds
			LoggingConfig struct{ LogFormat, ApplicationLogLevel string }
			Environment   struct{ Variables map[string]any }
		}
	}
	Resources map[string]struct {
		Type                string
		Condition           string
		DependsOn           []string
		DeletionPolicy      string
		UpdateReplacePolicy string
		Properties          json.RawMessage
	}
}

// parse reads the file once, for all tests.
var parse = sync.OnceValues(func() (*yaml.Node, error) {
	text, err := os.ReadFile("../template.yaml")
	if err != nil {
		return nil, err
	}
	var document yaml.Node
	return &document, yaml.Unmarshal(text, &document)
})

func readTemplate(t *testing.T) *template {
	t.Helper()
	document, err := parse()
	if err != nil {
		t.Fatal(err)
	}
	var whole any
	if err := document.Decode(&whole); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(whole) // whose decoder knows fields by their Go names
	if err != nil {
		t.Fatal(err)
	}
	var read template
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	return &read
}

// resources are the properties of all resources of a type, by name.
func resources[T any](t *testing.T, from *template, kind string) map[string]T {
	t.Helper()
	all := map[string]T{}
	for name, r := range from.Resources {
		if r.Type != kind {
			continue
		}
		var properties T
		if err := json.Unmarshal(r.Properties, &properties); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[name] = properties
	}
	if len(all) == 0 {
		t.Fatalf("template.yaml has no %s", kind)
	}
	return all
}

// What a function is told it must also read, under the same name.
func TestEveryVariableIsOneThatTheFunctionsRead(t *testing.T) {
	read := map[string]bool{}
	_, _ = config.FromEnv(func(name string) string { read[name] = true; return "" })
	from := readTemplate(t)
	set := maps.Clone(from.Globals.Function.Environment.Variables)
	for _, f := range resources[function](t, from, "AWS::Serverless::Function") {
		maps.Copy(set, f.Environment.Variables)
	}
	for name := range set {
		if !read[name] {
			t.Errorf("%s is set and never read; read are %v", name, slices.Sorted(maps.Keys(read)))
		}
		if strings.HasPrefix(name, "INSECURE_") {
			t.Errorf("%s is for development only", name)
		}
	}
}

func TestGrantsAndTheKeyOutliveTheStack(t *testing.T) {
	from := readTemplate(t)
	for _, name := range []string{"GrantsTable", "SigningKey"} {
		if r := from.Resources[name]; r.DeletionPolicy != "Retain" || r.UpdateReplacePolicy != "Retain" {
			t.Errorf("%s is not retained", name)
		}
	}
	table := resources[struct {
		TimeToLiveSpecification          struct{ AttributeName string }
		PointInTimeRecoverySpecification struct{ PointInTimeRecoveryEnabled bool }
		DeletionProtectionEnabled        bool
	}](t, from, "AWS::DynamoDB::Table")["GrantsTable"]
	item, err := json.Marshal(grant.Item{TTL: 4711})
	if err != nil {
		t.Fatal(err)
	}
	if name := table.TimeToLiveSpecification.AttributeName; !strings.Contains(string(item), `"`+name+`":4711`) {
		t.Errorf("items expire by %q, which is not where their time is: %s", name, item)
	}
	if !table.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled || !table.DeletionProtectionEnabled {
		t.Error("the table can be lost")
	}
}
