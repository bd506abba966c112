package template_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/power"
	"github.com/opgrants/opgrants/test/template"
)

type route struct {
	RouteKey            string
	AuthorizationType   any // one, or the arguments of !If
	AuthorizerID        any
	AuthorizationScopes any
	Target              string
}

// routes returns the service's table of routes by their route keys.
func routes() map[string]httpapi.Route {
	all := map[string]httpapi.Route{}
	for _, r := range httpapi.Routes() {
		all[r.Key()] = r
	}
	return all
}

// resource returns the name in the template of the function that serves a route:
// RequestGrant for request-grant.
func resource(r httpapi.Route) string {
	name := ""
	for word := range strings.SplitSeq(r.Function, "-") {
		name += strings.ToUpper(word[:1]) + word[1:]
	}
	return name
}

// inNames returns a power as names in the template have it: Grants.
func inNames(p power.Power) string {
	if p == "" {
		return ""
	}
	return strings.ToUpper(string(p[:1])) + string(p[1:])
}

func TestOnlyABrowsersRouteIsOpenToAll(t *testing.T) {
	known := routes()
	for name, r := range template.Resources[route](t, template.Read(t), "AWS::ApiGatewayV2::Route") {
		p := inNames(known[r.RouteKey].Power)
		want := "[ByJwt JWT AWS_IAM] [ByJwt Authorizer AWS::NoValue] [ByJwt [Has" + p + "Scope [JwtScope" + p + "] []] AWS::NoValue]"
		if known[r.RouteKey].Caller == httpapi.Browser {
			want = "NONE <nil> <nil>"
		}
		if got := fmt.Sprint(r.AuthorizationType, " ", r.AuthorizerID, " ", r.AuthorizationScopes); got != want {
			t.Errorf("%s: %s has authorization %s, want %s", name, r.RouteKey, got, want)
		}
	}
	for name, api := range template.Resources[map[string]any](t, template.Read(t), "AWS::ApiGatewayV2::Api") {
		if api["CorsConfiguration"] != nil {
			t.Errorf("%s has CORS, which hands access tokens to browsers", name)
		}
		if fmt.Sprint(api["DisableExecuteApiEndpoint"]) != "[HasDomain true false]" {
			t.Errorf("%s has another way in than its domain", name)
		}
	}
}

func TestEachRouteReachesTheFunctionThatAnswersIt(t *testing.T) {
	from := template.Read(t)
	integrations := template.Resources[struct{ IntegrationURI string }](t, from, "AWS::ApiGatewayV2::Integration")
	permitted := map[string]string{} // functions by method and path
	for name, p := range template.Resources[struct{ Action, FunctionName, Principal, SourceArn string }](t, from, "AWS::Lambda::Permission") {
		_, path, _ := strings.Cut(p.SourceArn, "${Api}/*/")
		if p.Action != "lambda:InvokeFunction" || p.Principal != "apigateway.amazonaws.com" {
			t.Errorf("%s lets %s do %s", name, p.Principal, p.Action)
		}
		permitted[path] = p.FunctionName
	}
	known := routes()
	inTemplate := template.Resources[route](t, from, "AWS::ApiGatewayV2::Route")
	for name, r := range inTemplate {
		served, ok := known[r.RouteKey]
		if !ok {
			t.Errorf("%s: the service has no route %s", name, r.RouteKey)
			continue
		}
		delete(known, r.RouteKey)
		want := resource(served)
		integration := strings.TrimSuffix(strings.TrimPrefix(r.Target, "integrations/${"), "}")
		if uri := integrations[integration].IntegrationURI; !strings.Contains(uri, "/functions/${"+want+".Arn}:live/invocations") {
			t.Errorf("%s goes to %q, want %s", r.RouteKey, uri, want)
		}
		method, path, _ := strings.Cut(r.RouteKey, " ")
		if got := permitted[method+withIDs(path, "*")]; got != want+".Alias" { // of the function alone, it is not for its alias
			t.Errorf("%s may invoke %q, want the alias of %s", r.RouteKey, got, want)
		}
		if !slices.Contains(from.Resources["Stage"].DependsOn, name) {
			t.Errorf("the stage may be deployed before %s", name)
		}
	}
	for key := range known {
		t.Errorf("the template has no route %s", key)
	}
	if len(permitted) != len(inTemplate) {
		t.Errorf("%d permissions for %d routes", len(permitted), len(inTemplate))
	}
}

// withIDs is the path of a route with something in the place of each id.
func withIDs(path, id string) string {
	return strings.NewReplacer("{id}", id, "{payment}", id).Replace(path)
}

// Each policy allows the routes that need its power, and no more. A * in it would
// also stand for a slash, and GET /grants/* would allow to read payments.
func TestEachPowerHasAPolicyForItsRoutesAlone(t *testing.T) {
	const anID = "??????????????????????" // each ? stands for one character
	want := map[string][]string{}
	for _, r := range httpapi.Routes() {
		if r.Caller == httpapi.App {
			policy := inNames(r.Power) + "Policy"
			want[policy] = append(want[policy], r.Method+withIDs(r.Pattern, anID))
		}
	}
	policies := template.Resources[struct {
		PolicyDocument struct {
			Statement []struct {
				Effect, Action string
				Resource       []string
			}
		}
	}](t, template.Read(t), "AWS::IAM::ManagedPolicy")
	if got, want := slices.Sorted(maps.Keys(policies)), slices.Sorted(maps.Keys(want)); !slices.Equal(got, want) {
		t.Errorf("there are the policies %v, want %v", got, want)
	}
	for name, p := range policies {
		statements := p.PolicyDocument.Statement
		if len(statements) != 1 || statements[0].Effect != "Allow" || statements[0].Action != "execute-api:Invoke" {
			t.Fatalf("%s has the statements %+v", name, statements)
		}
		var got []string
		for _, arn := range statements[0].Resource {
			got = append(got, strings.TrimPrefix(arn, "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/"))
		}
		slices.Sort(got)
		slices.Sort(want[name])
		if !slices.Equal(got, want[name]) {
			t.Errorf("%s is for %v, want %v", name, got, want[name])
		}
		if from := template.Read(t); from.Resources[name].Condition != "ByIam" || from.Outputs[name+"Arn"].Description == "" {
			t.Errorf("%s is there without IAM, or is no output", name)
		}
	}
}

// API Gateway asks for the scope of a route, and the function asks again: a route
// that is added without a scope is still refused.
func TestAFunctionKnowsTheScopesOfItsRoutes(t *testing.T) {
	want := map[string]map[string]any{}
	for _, r := range httpapi.Routes() {
		if want[resource(r)] == nil {
			want[resource(r)] = map[string]any{}
		}
		if r.Power != "" {
			want[resource(r)]["JWT_SCOPE_"+strings.ToUpper(string(r.Power))] = "JwtScope" + inNames(r.Power)
		}
	}
	for name, f := range template.Resources[function](t, template.Read(t), "AWS::Serverless::Function") {
		got := map[string]any{}
		for variable, value := range f.Environment.Variables {
			if strings.HasPrefix(variable, "JWT_") {
				got[variable] = value
			}
		}
		if !maps.Equal(got, want[name]) {
			t.Errorf("%s has %v, want %v", name, got, want[name])
		}
	}
}

// An operator has two more for the function of the schedule.
func TestEachRouteScheduleAndQueueHasAnEvent(t *testing.T) {
	var want, got []string
	for _, r := range template.Resources[route](t, template.Read(t), "AWS::ApiGatewayV2::Route") {
		want = append(want, r.RouteKey)
	}
	for range template.Resources[struct{}](t, template.Read(t), "AWS::Scheduler::Schedule") {
		want = append(want, "aws.scheduler")
	}
	for range template.Resources[struct{}](t, template.Read(t), "AWS::Lambda::EventSourceMapping") {
		want = append(want, "aws:sqs")
	}
	want = append(want, "list", "retry")
	files, err := filepath.Glob("../../events/*.json")
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
			Records  []struct{ EventSource string }

			List, Retry string
		}
		if err := json.Unmarshal(text, &event); err != nil {
			t.Fatal(err)
		}
		kind := event.RouteKey + event.Source
		for _, r := range event.Records {
			kind += r.EventSource
		}
		if event.List != "" {
			kind += "list"
		}
		if event.Retry != "" {
			kind += "retry"
		}
		got = append(got, kind)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("events/ has %v, template.yaml %v", got, want)
	}
}
