package functions_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/grant"
)

// A template is template.yaml, in which !Ref and the like are read as their
// arguments.
type template struct {
	Globals struct {
		Function struct {
			Environment struct{ Variables map[string]any }
		}
	}
	Resources map[string]struct {
		Type                string
		DeletionPolicy      string
		UpdateReplacePolicy string
		Properties          json.RawMessage
	}
}

func readTemplate(t *testing.T) *template {
	t.Helper()
	text, err := os.ReadFile("../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var whole any
	if err := yaml.Unmarshal(text, &whole); err != nil {
		t.Fatal(err)
	}
	if text, err = json.Marshal(whole); err != nil { // whose decoder knows fields by their Go names
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

type route struct {
	RouteKey          string
	AuthorizationType string
}

func TestOnlyTheFinishIsOpenToAll(t *testing.T) {
	for name, r := range resources[route](t, readTemplate(t), "AWS::ApiGatewayV2::Route") {
		want := "AWS_IAM"
		if r.RouteKey == "GET /grants/{id}/finish" {
			want = "NONE"
		}
		if r.AuthorizationType != want {
			t.Errorf("%s: %s has authorization %s, want %s", name, r.RouteKey, r.AuthorizationType, want)
		}
	}
	for name, api := range resources[map[string]any](t, readTemplate(t), "AWS::ApiGatewayV2::Api") {
		if api["CorsConfiguration"] != nil {
			t.Errorf("%s has CORS, which hands access tokens to browsers", name)
		}
	}
}

func TestEachRouteHasAnEvent(t *testing.T) {
	var want, got []string
	for _, r := range resources[route](t, readTemplate(t), "AWS::ApiGatewayV2::Route") {
		want = append(want, r.RouteKey)
	}
	files, err := filepath.Glob("../events/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var event struct{ RouteKey string }
		if err := json.Unmarshal(text, &event); err != nil {
			t.Fatal(err)
		}
		got = append(got, event.RouteKey)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("events/ has %v, template.yaml %v", got, want)
	}
}

// What a function is told it must also read, under the same name.
func TestEveryVariableIsOneThatTheFunctionsRead(t *testing.T) {
	read := map[string]bool{}
	_, _ = config.FromEnv(func(name string) string { read[name] = true; return "" })
	for name := range readTemplate(t).Globals.Function.Environment.Variables {
		if !read[name] {
			t.Errorf("%s is set and never read; read are %v", name, slices.Sorted(maps.Keys(read)))
		}
		if strings.HasPrefix(name, "INSECURE_") {
			t.Errorf("%s is for development only", name)
		}
	}
}

type role struct {
	ManagedPolicyArns []string
	Policies          []struct {
		PolicyDocument struct {
			Statement []struct {
				Action   any
				Resource any
				Sid      string
			}
		}
	}
}

func TestEachRoleMayDoJustWhatItsFunctionDoes(t *testing.T) {
	common := []string{"secretsmanager:GetSecretValue", "logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTraceSegments", "xray:PutTelemetryRecords"}
	want := map[string][]string{
		"RequestGrantRole":   append([]string{"dynamodb:GetItem", "dynamodb:PutItem"}, common...),
		"FinishCallbackRole": append([]string{"dynamodb:GetItem", "dynamodb:UpdateItem"}, common...),
		"ManageGrantRole":    append([]string{"dynamodb:GetItem", "dynamodb:UpdateItem"}, common...),
	}
	roles := resources[role](t, readTemplate(t), "AWS::IAM::Role")
	if len(roles) != len(want) {
		t.Errorf("%d roles, want %d", len(roles), len(want))
	}
	for name, r := range roles {
		var may []string
		for _, s := range r.Policies[0].PolicyDocument.Statement {
			switch action := s.Action.(type) {
			case string:
				may = append(may, action)
			case []any:
				for _, a := range action {
					may = append(may, a.(string))
				}
			}
			if s.Resource == "*" && s.Sid != "Tracing" { // X-Ray has no resources
				t.Errorf("%s: %s is for every resource", name, s.Sid)
			}
		}
		slices.Sort(may)
		slices.Sort(want[name])
		if !slices.Equal(may, want[name]) || len(r.Policies) != 1 || len(r.ManagedPolicyArns) != 0 {
			t.Errorf("%s may %v, want %v", name, may, want[name])
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
