package lambdahttp_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/lambdahttp"
	"github.com/opgrants/opgrants/test/openapi/own"
)

// Behind a custom domain whose API mapping has a key, rawPath begins with that
// key. Each route is found all the same, and so are the paths of PUBLIC_URL.
func TestEachRouteIsFoundBehindAnAPIMapping(t *testing.T) {
	for _, route := range httpapi.Routes() {
		for _, e := range []struct{ routeKey, before, after string }{
			{route.Key(), "", ""}, {route.Key(), "/consent", ""}, {route.Key(), "/pay/v1", ""}, {route.Key(), "/grants", ""},
			{route.Key(), "", "/"}, {"$default", "", ""}, {"$default", "/consent", ""}, {"$default", "/consent", "/"},
			{"ANY /{proxy+}", "/anything", ""},
		} {
			path := strings.NewReplacer("{id}", id, "{payment}", id).Replace(route.Pattern)
			payload := load(t, "../../events/get-grant.json", func(event *events.APIGatewayV2HTTPRequest) {
				event.RouteKey, event.RawPath = e.routeKey, e.before+path+e.after
				event.RequestContext.HTTP.Method = route.Method
				event.PathParameters = map[string]string{"id": id, "payment": id, "proxy": path[1:]}
				event.RawQueryString = map[string]string{"GET /grants": "reference=7"}[route.Key()]
				event.Headers["idempotency-key"] = "order-7"
				if route.Body != nil {
					event.Headers["content-type"], event.Body = "application/json", "{}"
				}
			})
			grants, payments := httpapi.Refusing(&grant.Error{Code: grant.CodeBusy})
			api := &httpapi.API{Grants: grants, Payments: payments, PublicURL: "https://shop.example/consent", Caller: lambdahttp.Caller(lambdahttp.CallerOptions{})}
			out, err := lambdahttp.New(own.Forms(api.Handler(), t.Errorf), nil).Invoke(t.Context(), payload)
			var r events.APIGatewayV2HTTPResponse
			if err != nil || json.Unmarshal(out, &r) != nil || r.StatusCode != http.StatusServiceUnavailable || route.Caller == httpapi.App && !strings.Contains(r.Body, `"code":"busy"`) {
				t.Errorf("%+v of %s: %d, %v", e, route.Key(), r.StatusCode, err)
			}
		}
	}
}
