package template_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/test/template"
)

// What a function is told it must also read, under the same name.
func TestEveryVariableIsOneThatTheFunctionsRead(t *testing.T) {
	read := map[string]bool{}
	get := func(name string) string { read[name] = true; return "" }
	_, _ = config.FromEnv(get)
	_, _ = config.PlannerFromEnv(get)
	from := template.Read(t)
	set := maps.Clone(from.Globals.Function.Environment.Variables)
	for _, f := range template.Resources[function](t, from, "AWS::Serverless::Function") {
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

func TestGrantsAndKeysOutliveTheStack(t *testing.T) {
	from := template.Read(t)
	for _, name := range []string{"GrantsTable", "SigningKey", "Key"} {
		if r := from.Resources[name]; r.DeletionPolicy != "Retain" || r.UpdateReplacePolicy != "Retain" {
			t.Errorf("%s is not retained", name)
		}
	}
	table := template.Resources[struct {
		TimeToLiveSpecification struct {
			AttributeName string
			Enabled       bool
		}
		PointInTimeRecoverySpecification struct{ PointInTimeRecoveryEnabled bool }
		DeletionProtectionEnabled        bool
	}](t, from, "AWS::DynamoDB::Table")["GrantsTable"]
	item, err := json.Marshal(grant.Item{TTL: 4711})
	if err != nil {
		t.Fatal(err)
	}
	if ttl := table.TimeToLiveSpecification; !ttl.Enabled || !strings.Contains(string(item), `"`+ttl.AttributeName+`":4711`) {
		t.Errorf("items expire by %+v, which is not where their time is: %s", ttl, item)
	}
	if !table.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled || !table.DeletionProtectionEnabled {
		t.Error("the table can be lost")
	}
}
