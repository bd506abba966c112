package template_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/test/template"
)

// A throttle is a limit of a route, as API Gateway counts it.
type throttle struct{ ThrottlingRateLimit, ThrottlingBurstLimit any }

// No test can send the requests: the emulated API Gateway throttles none. API
// Gateway counts each route alone, so what matters is that the open route and those
// that cost most have limits of their own.
func TestEachRouteIsThrottledByItsParameter(t *testing.T) {
	stages := template.Resources[struct {
		DefaultRouteSettings throttle
		RouteSettings        map[string]throttle
	}](t, template.Read(t), "AWS::ApiGatewayV2::Stage")
	want := map[string]throttle{
		"GET /grants/{id}/finish":    {"FinishRate", "Burst"},
		"POST /grants":               {"RequestRate", "Burst"},
		"POST /grants/{id}/payments": {"PaymentRate", "Burst"},
	}
	for name, s := range stages {
		if s.DefaultRouteSettings != (throttle{"OtherRate", "Burst"}) || !maps.Equal(s.RouteSettings, want) {
			t.Errorf("%s has the limits %v and, for some routes, %v", name, s.DefaultRouteSettings, s.RouteSettings)
		}
	}
	// A limit of a route that does not exist makes the deployment fail.
	known := routes()
	for key := range want {
		if _, ok := known[key]; !ok {
			t.Errorf("there is no route %s", key)
		}
	}
	for key, r := range known {
		if _, own := want[key]; r.Caller == httpapi.Browser && !own {
			t.Errorf("%s is open to all, and has no limit of its own", key)
		}
	}
}

// CloudFormation makes the stage after the routes that it names.
func TestTheStageComesAfterItsRoutes(t *testing.T) {
	from := template.Read(t)
	all := slices.Sorted(maps.Keys(template.Resources[route](t, from, "AWS::ApiGatewayV2::Route")))
	if got := slices.Sorted(slices.Values(from.Resources["Stage"].DependsOn)); !slices.Equal(got, all) {
		t.Errorf("the stage waits for %v, want %v", got, all)
	}
}

// Concurrency that Lambda reserves for a function is taken from nobody else, and
// nobody takes it. 0 would let a function run never, so that none is set then.
func TestBrowsersAndAppsHaveConcurrencyOfTheirOwn(t *testing.T) {
	from := template.Read(t)
	for _, parameter := range []string{"FinishConcurrency", "AppConcurrency"} {
		if p := from.Parameters[parameter]; fmt.Sprint(p.Default) != "0" {
			t.Errorf("%s is %v by default: a new account has none to give", parameter, p.Default)
		}
		if has := newResolver(t, map[string]string{parameter: "0"}); has.holds(templateNode(t, "Conditions", "Has"+parameter)) {
			t.Errorf("with %s=0 it is set", parameter)
		}
		if has := newResolver(t, map[string]string{parameter: "20"}); !has.holds(templateNode(t, "Conditions", "Has"+parameter)) {
			t.Errorf("with %s=20 it is not set", parameter)
		}
	}
	callers := map[string]string{}
	for _, r := range httpapi.Routes() {
		callers[resource(r)] = "App"
		if r.Caller == httpapi.Browser {
			callers[resource(r)] = "Finish"
		}
	}
	for name, f := range template.Resources[struct{ ReservedConcurrentExecutions any }](t, from, "AWS::Serverless::Function") {
		want := "<nil>" // KeepGrants is bounded by its queue, FindDue runs once
		if by := callers[name]; by != "" {
			want = fmt.Sprintf("[Has%[1]sConcurrency %[1]sConcurrency AWS::NoValue]", by)
		}
		if got := fmt.Sprint(f.ReservedConcurrentExecutions); got != want {
			t.Errorf("%s reserves %s, want %s", name, got, want)
		}
	}
}
