package functions_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

type route struct {
	RouteKey          string
	AuthorizationType string
	Target            string
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

func TestEachRouteReachesTheFunctionThatAnswersIt(t *testing.T) {
	from := readTemplate(t)
	integrations := resources[struct{ IntegrationURI string }](t, from, "AWS::ApiGatewayV2::Integration")
	permitted := map[string]string{} // functions by method and path
	for name, p := range resources[struct{ Action, FunctionName, Principal, SourceArn string }](t, from, "AWS::Lambda::Permission") {
		_, path, _ := strings.Cut(p.SourceArn, "${Api}/*/")
		if p.Action != "lambda:InvokeFunction" || p.Principal != "apigateway.amazonaws.com" {
			t.Errorf("%s lets %s do %s", name, p.Principal, p.Action)
		}
		permitted[path] = p.FunctionName
	}
	answering := map[string]string{
		"POST /grants": "RequestGrant", "GET /grants/{id}/finish": "FinishCallback",
		"GET /grants/{id}": "ManageGrant", "DELETE /grants/{id}": "ManageGrant", "POST /grants/{id}/token": "ManageGrant",
	}
	routes := resources[route](t, from, "AWS::ApiGatewayV2::Route")
	for name, r := range routes {
		want := answering[r.RouteKey]
		integration := strings.TrimSuffix(strings.TrimPrefix(r.Target, "integrations/${"), "}")
		if uri := integrations[integration].IntegrationURI; want == "" || !strings.Contains(uri, "/functions/${"+want+".Arn}/invocations") {
			t.Errorf("%s goes to %q, want %s", r.RouteKey, uri, want)
		}
		method, path, _ := strings.Cut(r.RouteKey, " ")
		if got := permitted[method+strings.ReplaceAll(path, "{id}", "*")]; got != want {
			t.Errorf("%s may invoke %q, want %s", r.RouteKey, got, want)
		}
		if !slices.Contains(from.Resources["Stage"].DependsOn, name) {
			t.Errorf("the stage may be deployed before %s", name)
		}
	}
	if len(routes) != len(answering) || len(permitted) != len(answering) {
		t.Errorf("%d routes and %d permissions, want %d", len(routes), len(permitted), len(answering))
	}
}

func TestEachRouteAndScheduleHasAnEvent(t *testing.T) {
	var want, got []string
	for _, r := range resources[route](t, readTemplate(t), "AWS::ApiGatewayV2::Route") {
		want = append(want, r.RouteKey)
	}
	for range resources[struct{}](t, readTemplate(t), "AWS::Scheduler::Schedule") {
		want = append(want, "aws.scheduler")
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
		var event struct {
			RouteKey string
			Source   string // of a schedule's
		}
		if err := json.Unmarshal(text, &event); err != nil {
			t.Fatal(err)
		}
		got = append(got, event.RouteKey+event.Source)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("events/ has %v, template.yaml %v", got, want)
	}
}
