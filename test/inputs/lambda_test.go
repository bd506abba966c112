package inputs_test

import (
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/lambdahttp"
	"github.com/opgrants/opgrants/internal/telemetry"
	"github.com/opgrants/opgrants/test/inputs"
	"github.com/opgrants/opgrants/test/openapi/own"
)

type event = map[string]any

// invoke sends an event of API Gateway to the service as a function.
func (p *place) invoke(t *testing.T, publicURL string, e event) answer {
	t.Helper()
	p.service.PublicURL = publicURL
	log := telemetry.NewLogger(p.log, slog.LevelDebug)
	api := &httpapi.API{Grants: p.service, Log: log, PublicURL: publicURL, Caller: lambdahttp.Caller(lambdahttp.CallerOptions{InsecureLocal: true})}
	payload, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	out, err := lambdahttp.New(own.Errors(api.Handler(), t.Errorf), log).Invoke(t.Context(), payload)
	if err != nil {
		t.Fatalf("the function fails: %v", err)
	}
	var r struct {
		StatusCode int
		Headers    map[string]string
		Body       string
	}
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	header := http.Header{}
	for name, value := range r.Headers {
		header.Set(name, value)
	}
	return answer{r.StatusCode, header, []byte(r.Body)}
}

func httpEvent(method, routeKey, path, query, body string) event {
	return event{"version": "2.0", "routeKey": routeKey, "rawPath": path, "rawQueryString": query, "body": body,
		"headers":        event{"content-type": "application/json", "host": "evil.example"},
		"requestContext": event{"requestId": "r", "stage": "$default", "http": event{"method": method, "path": path}}}
}

func TestAGrantLivesBehindEachKindOfDomain(t *testing.T) {
	p := newPlace(t)
	var tried []inputs.Row
	for _, c := range []struct {
		name, publicURL, before string // before: what rawPath has before the route
		change                  func(event)
	}{
		{"The API's own domain", "https://api.example", "", nil},
		{"A custom domain without a key", "https://grants.example", "", nil},
		{"An API mapping with a key", "https://shop.example/pay", "/pay", nil},
		{"An API mapping with a key of two parts", "https://shop.example/pay/v1", "/pay/v1", nil},
		{"An API mapping, and a PUBLIC_URL with a slash at its end", "https://shop.example/pay", "/pay", nil},
		{"An API mapping whose key is `grants`", "https://shop.example/grants", "/grants", nil},
		{"A CDN that adds a path which PUBLIC_URL has", "https://shop.example/consent", "", nil},
		{"A CDN that PUBLIC_URL names, with another key behind it", "https://shop.example/consent", "/internal", nil},
		{"A stage with a name", "https://api.example/prod", "/prod", func(e event) { e["requestContext"].(event)["stage"] = "prod" }},
		{"An emulator without path parameters", "https://api.example", "", func(e event) { e["pathParameters"] = nil }},
		{"An emulator with the route `$default`", "https://api.example", "", func(e event) { e["routeKey"] = "$default"; delete(e, "pathParameters") }},
		{"A route with `{proxy+}`", "https://api.example/x", "/x", func(e event) {
			e["routeKey"] = "ANY /{proxy+}"
			e["pathParameters"] = event{"proxy": strings.TrimPrefix(e["rawPath"].(string), "/x/")}
		}},
		{"Headers in capitals", "https://api.example", "", func(e event) { e["headers"] = event{"Content-Type": "application/json", "HOST": "x"} }},
		{"A body in base64", "https://api.example", "", func(e event) {
			e["body"], e["isBase64Encoded"] = base64.StdEncoding.EncodeToString([]byte(e["body"].(string))), true
		}},
		{"Members that are null", "https://api.example", "", func(e event) { e["cookies"], e["stageVariables"] = nil, nil }},
		{"Members of a later version", "https://api.example", "", func(e event) { e["priority"] = event{"u": 1}; e["requestContext"].(event)["edge"] = []int{1} }},
	} {
		send := func(method, route, path, query, body string) answer {
			e := httpEvent(method, method+" "+route, c.before+path, query, body)
			if id := strings.Split(strings.TrimPrefix(path, "/grants/"), "/")[0]; strings.Contains(route, "{id}") {
				e["pathParameters"] = event{"id": id}
			}
			if c.change != nil {
				c.change(e)
			}
			return p.invoke(t, c.publicURL, e)
		}
		asked := send("POST", "/grants", "/grants", "", strings.ReplaceAll(withAmount(`"130"`), "ALICE", p.alice))
		if asked.status != http.StatusCreated {
			t.Errorf("%s: %d %s", c.name, asked.status, asked.body)
			continue
		}
		finish, err := p.wallet.Approve(asked.member("consentUrl"))
		if err != nil {
			t.Fatal(err)
		}
		link, err := url.Parse(finish)
		id := asked.member("id")
		if err != nil || !strings.HasPrefix(finish, c.publicURL+"/grants/"+id+"/finish?") {
			t.Errorf("%s: the finish link is %s", c.name, finish)
		}
		back := send("GET", "/grants/{id}/finish", "/grants/"+id+"/finish", link.RawQuery, "")
		code := returned(back).Get("code")
		token := send("POST", "/grants/{id}/token", "/grants/"+id+"/token", "", `{"code":"`+code+`"}`)
		if !p.wallet.Active(token.member("accessToken")) {
			t.Errorf("%s: %d, then %d %s", c.name, back.status, token.status, token.body)
		}
		if got := send("GET", "/grants/{id}", "/grants/"+id, "", ""); got.member("status") != "granted" {
			t.Errorf("%s: %d %s", c.name, got.status, got.body)
		}
		if got := send("DELETE", "/grants/{id}", "/grants/"+id, "", ""); got.status != http.StatusNoContent {
			t.Errorf("%s: %d %s", c.name, got.status, got.body)
		}
		tried = append(tried, inputs.Row{Input: c.name, Result: inputs.Taken})
	}
	inputs.Check(t, "Domains and paths on AWS", tried)
	if p.live() != 0 {
		t.Errorf("%d tokens are alive", p.live())
	}
}
