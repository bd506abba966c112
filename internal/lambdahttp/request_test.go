package lambdahttp_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

const id = "qL8f3yJX0mE5vT2nRk7wZg"

func TestEveryRouteReachesItsHandler(t *testing.T) {
	for _, tc := range []struct{ file, pattern, id string }{
		{"../../events/request-grant.json", "POST /grants", ""},
		{"../../events/finish-callback.json", "GET /grants/{id}/finish", id},
		{"../../events/get-grant.json", "GET /grants/{id}", id},
		{"../../events/get-token.json", "POST /grants/{id}/token", id},
		{"testdata/jwt.json", "GET /grants/{id}", id},
		{"testdata/named-stage.json", "GET /grants/{id}", id},
	} {
		t.Run(tc.file, func(t *testing.T) {
			mux := http.NewServeMux()
			var got, gotID, host string
			mux.HandleFunc(tc.pattern, func(_ http.ResponseWriter, r *http.Request) {
				got, gotID, host = r.Pattern, r.PathValue("id"), r.Host
			})
			if r := answer(t, mux.ServeHTTP, load(t, tc.file)); r.StatusCode != http.StatusOK {
				t.Fatalf("status %d: %s", r.StatusCode, r.Body)
			}
			if got != tc.pattern || gotID != tc.id {
				t.Errorf("%q with id %q, want %q with %q", got, gotID, tc.pattern, tc.id)
			}
			if host != "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com" {
				t.Errorf("host = %q", host)
			}
		})
	}
}

func TestRequest(t *testing.T) {
	for _, tc := range []struct {
		name string
		file string
		edit func(*events.APIGatewayV2HTTPRequest)
		got  func(*http.Request) string
		want string
	}{
		{name: "the query is the one that was sent, byte for byte",
			file: "testdata/repeats-and-cookies.json", got: func(r *http.Request) string { return r.URL.RawQuery },
			want: "a=1%2C2&a=3&hash=a%2Bb%3D&flag&hash=second"},
		{name: "a value with a comma is not two, and repeats are kept",
			file: "testdata/repeats-and-cookies.json", got: func(r *http.Request) string { return strings.Join(r.URL.Query()["a"], "|") },
			want: "1,2|3"},
		{name: "a percent-encoded plus stays a plus",
			file: "testdata/repeats-and-cookies.json", got: func(r *http.Request) string { return r.URL.Query().Get("hash") },
			want: "a+b="},
		{name: "cookies are one header", file: "testdata/repeats-and-cookies.json",
			got: func(r *http.Request) string { return r.Header.Get("Cookie") }, want: "session=abc; theme=dark"},
		{name: "a cookie can be read", file: "testdata/repeats-and-cookies.json",
			got: func(r *http.Request) string { c, _ := r.Cookie("theme"); return c.Value }, want: "dark"},
		{name: "a text body is as it came", file: "../../events/get-token.json",
			got: body, want: `{"code":"c29tZSBjb2RlIHRoYXQgd2FzIG5vdCBpc3N1ZWQgaGVyZQ"}`},
		{name: "a base64 body is decoded", file: "testdata/base64-body.json", got: body, want: "{\"reference\":\"caf\xc3\xa9 \xff\"}"},
		{name: "the length is the decoded body's", file: "testdata/base64-body.json",
			got: func(r *http.Request) string {
				if int(r.ContentLength) == len(body(r)) {
					return "right"
				}
				return "wrong"
			}, want: "right"},
		{name: "a path parameter is a path value", file: "../../events/get-grant.json",
			got: func(r *http.Request) string { return r.PathValue("id") }, want: id},
		{name: "a header's name may have any case", file: "../../events/get-grant.json",
			edit: func(e *events.APIGatewayV2HTTPRequest) { e.Headers = map[string]string{"x-Thing": "1"} },
			got:  func(r *http.Request) string { return r.Header.Get("X-Thing") }, want: "1"},
		{name: "without a Host header the domain name is the host", file: "../../events/get-grant.json",
			edit: func(e *events.APIGatewayV2HTTPRequest) { delete(e.Headers, "host") },
			got:  func(r *http.Request) string { return r.Host }, want: "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com"},
		{name: "a stage's name is cut off only as a whole segment", file: "testdata/named-stage.json",
			edit: func(e *events.APIGatewayV2HTTPRequest) { e.RouteKey, e.RawPath = "$default", "/production" },
			got:  func(r *http.Request) string { return r.URL.Path }, want: "/production"},
		{name: "a stage's own path is the root", file: "testdata/named-stage.json",
			edit: func(e *events.APIGatewayV2HTTPRequest) { e.RouteKey, e.RawPath = "$default", "/prod" },
			got:  func(r *http.Request) string { return r.URL.Path }, want: "/"},
		{name: "an encoded slash is kept apart from a slash", file: "../../events/get-grant.json",
			edit: func(e *events.APIGatewayV2HTTPRequest) { e.RouteKey, e.RawPath = "$default", "/grants/a%2Fb" },
			got:  func(r *http.Request) string { return r.URL.EscapedPath() + " " + r.URL.Path }, want: "/grants/a%2Fb /grants/a/b"},
		{name: "a path that came decoded is taken as it is", file: "../../events/get-grant.json",
			edit: func(e *events.APIGatewayV2HTTPRequest) { e.RouteKey, e.RawPath = "$default", "/grants/100% sure" },
			got:  func(r *http.Request) string { return r.URL.Path }, want: "/grants/100% sure"},
		{name: "the caller's address is known", file: "../../events/get-grant.json",
			got: func(r *http.Request) string { return r.RemoteAddr }, want: "203.0.113.7:0"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			edits := []func(*events.APIGatewayV2HTTPRequest){}
			if tc.edit != nil {
				edits = append(edits, tc.edit)
			}
			var got string
			answer(t, func(_ http.ResponseWriter, r *http.Request) { got = tc.got(r) }, load(t, tc.file, edits...))
			if got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func body(r *http.Request) string {
	b, err := io.ReadAll(r.Body)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func TestHeadersAreAllThere(t *testing.T) {
	var names []string
	answer(t, func(_ http.ResponseWriter, r *http.Request) {
		for name := range r.Header {
			names = append(names, name)
		}
	}, load(t, "../../events/request-grant.json"))
	slices.Sort(names)
	want := []string{"Accept", "Accept-Encoding", "Authorization", "Content-Length", "Content-Type", "User-Agent",
		"X-Amz-Date", "X-Amz-Security-Token", "X-Amzn-Trace-Id", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto"}
	if !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
}
