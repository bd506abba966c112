package lambdahttp_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/lambdahttp"
)

// busy is [httpapi.Grants] that answers every call alike, and counts them.
type busy struct{ calls int }

func (b *busy) answer() error { b.calls++; return &grant.Error{Code: grant.CodeBusy} }

func (b *busy) Request(context.Context, string, grant.Request) (*grant.Resource, error) {
	return nil, b.answer()
}
func (b *busy) Finish(context.Context, string, string) (*grant.Outcome, error) {
	return nil, b.answer()
}
func (b *busy) Get(context.Context, string, string) (*grant.Resource, error) { return nil, b.answer() }
func (b *busy) Token(context.Context, string, string, grant.TokenRequest) (*grant.TokenAnswer, error) {
	return nil, b.answer()
}
func (b *busy) Delete(context.Context, string, string, bool) (grant.Revocation, error) {
	return grant.Revocation{}, b.answer()
}

// Behind a custom domain whose API mapping has a key, rawPath begins with that
// key. Each route is found all the same, and so are the paths of PUBLIC_URL.
func TestEachRouteIsFoundBehindAnAPIMapping(t *testing.T) {
	for _, route := range httpapi.Routes() {
		for _, e := range []struct{ routeKey, before, after string }{
			{route.Key(), "", ""}, {route.Key(), "/consent", ""}, {route.Key(), "/pay/v1", ""}, {route.Key(), "/grants", ""},
			{route.Key(), "", "/"}, {"$default", "", ""}, {"$default", "/consent", ""}, {"$default", "/consent", "/"},
			{"ANY /{proxy+}", "/anything", ""},
		} {
			path := strings.ReplaceAll(route.Pattern, "{id}", id)
			payload := load(t, "../../events/get-grant.json", func(event *events.APIGatewayV2HTTPRequest) {
				event.RouteKey, event.RawPath = e.routeKey, e.before+path+e.after
				event.RequestContext.HTTP.Method = route.Method
				event.PathParameters = map[string]string{"id": id, "proxy": path[1:]}
				if route.Body != nil {
					event.Headers["content-type"], event.Body = "application/json", "{}"
				}
			})
			g := &busy{}
			api := &httpapi.API{Grants: g, PublicURL: "https://shop.example/consent", Caller: lambdahttp.Caller(lambdahttp.CallerOptions{})}
			out, err := lambdahttp.New(api.Handler(), nil).Invoke(t.Context(), payload)
			var r events.APIGatewayV2HTTPResponse
			if err != nil || json.Unmarshal(out, &r) != nil || r.StatusCode != http.StatusServiceUnavailable || g.calls != 1 {
				t.Errorf("%+v of %s: %d, %v", e, route.Key(), r.StatusCode, err)
			}
		}
	}
}
