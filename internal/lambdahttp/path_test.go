package lambdahttp_test

import (
	"net/http"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

// Whatever rawPath looks like, the route that API Gateway found is the path.
func TestThePathIsTheRoutes(t *testing.T) {
	for name, tc := range map[string]struct {
		routeKey, rawPath string
		parameters        map[string]string
		want              string // encoded
	}{
		"the key of an API mapping": {"GET /grants/{id}", "/consent/grants/" + id, map[string]string{"id": id}, "/grants/" + id},
		"a key of several segments": {"POST /grants/{id}/token", "/pay/v1/grants/" + id + "/token", map[string]string{"id": id}, "/grants/" + id + "/token"},
		"a key that is a route's":   {"GET /grants/{id}/finish", "/grants/grants/" + id + "/finish", map[string]string{"id": id}, "/grants/" + id + "/finish"},
		"a key and no parameter":    {"POST /grants", "/consent/grants", nil, "/grants"},
		"a key and a stage":         {"POST /grants", "/prod/consent/grants", nil, "/grants"},
		"a slash at the end":        {"POST /grants", "/consent/grants/", nil, "/grants"},
		"a rawPath that is encoded": {"GET /grants/{id}", "/%67rants/" + id, map[string]string{"id": id}, "/grants/" + id},
		"a parameter that is encoded": {"GET /grants/{id}", "/grants/%71L8f3yJX0mE5vT2nRk7wZg", map[string]string{"id": "%71L8f3yJX0mE5vT2nRk7wZg"},
			"/grants/" + id},
		"a parameter with a slash":          {"GET /grants/{id}", "/grants/a%2Ffinish", map[string]string{"id": "a/finish"}, "/grants/a%2Ffinish"},
		"a parameter with an encoded slash": {"GET /grants/{id}", "/grants/a%2Ffinish", map[string]string{"id": "a%2Ffinish"}, "/grants/a%2Ffinish"},
		"a parameter that is no encoding":   {"GET /grants/{id}", "/grants/100%", map[string]string{"id": "100%"}, "/grants/100%25"},
		"a route for every method":          {"ANY /grants/{id}", "/x/grants/" + id, map[string]string{"id": id}, "/grants/" + id},
		"a greedy parameter":                {"ANY /{proxy+}", "/x/grants/" + id + "/finish", map[string]string{"proxy": "grants/" + id + "/finish"}, "/grants/" + id + "/finish"},
		"a greedy parameter that is encoded": {"ANY /grants/{rest+}", "/x/grants/a b/finish", map[string]string{"rest": "a%20b/finish"},
			"/grants/a%20b/finish"},

		"a parameter that is missing": {"GET /grants/{id}", "/grants/" + id, nil, "/grants/" + id},
		"the default route":           {"$default", "/grants/" + id, nil, "/grants/" + id},
		"no route key":                {"", "/grants/" + id, nil, "/grants/" + id},
		"a route key without a path":  {"GET grants", "/grants/" + id, nil, "/grants/" + id},
		"no path at all":              {"$default", "", nil, "/"},
	} {
		t.Run(name, func(t *testing.T) {
			var got string
			answer(t, func(_ http.ResponseWriter, r *http.Request) { got = r.URL.EscapedPath() },
				load(t, "../../events/get-grant.json", func(e *events.APIGatewayV2HTTPRequest) {
					e.RouteKey, e.RawPath, e.PathParameters = tc.routeKey, tc.rawPath, tc.parameters
				}))
			if got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}
