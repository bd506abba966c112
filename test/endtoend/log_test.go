package endtoend

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/lambdahttp"
	"github.com/opgrants/opgrants/internal/netguard"
	"github.com/opgrants/opgrants/internal/telemetry"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/openapi/own"
)

// A function is the service as Lambda invokes it, with its log.
type function struct {
	*deployment
	handler *lambdahttp.Function
	log     bytes.Buffer
	invoked int
}

func deployFunction(t *testing.T, store grant.Store) *function {
	t.Helper()
	f := &function{}
	log := telemetry.NewLogger(io.MultiWriter(&f.log, logged), slog.LevelDebug)
	f.deployment = deploy(t, newTown(t, sandbox.Config{}), store, func(c *opclient.Config, s *grant.Service) {
		guarded := netguard.NewTransport(netguard.Options{InsecureAllowLocal: true, Now: c.Now})
		c.HTTP = &http.Client{Transport: &telemetry.WalletTransport{Next: guarded, Log: log}}
		s.Log = log
	})
	f.handler = lambdahttp.New(own.Errors((&httpapi.API{Grants: f.service, Caller: callerByHeader, Log: log}).Handler(), t.Errorf), log)
	return f
}

// invoke answers an event of API Gateway, and returns what was logged meanwhile.
func (f *function) invoke(t *testing.T, method, target, body string) (a answer, lines []map[string]any) {
	t.Helper()
	f.invoked++
	f.log.Reset()
	id := fmt.Sprintf("JKa%dbi4tjoEEPzA=", f.invoked)
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	event, err := json.Marshal(map[string]any{
		"version": "2.0", "rawPath": u.Path, "rawQueryString": u.RawQuery, "body": body,
		"headers":        map[string]string{"owner": "shop", "content-type": "application/json"},
		"requestContext": map[string]any{"requestId": id, "http": map[string]string{"method": method}},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "of " + id})
	//nolint:staticcheck,revive // this is the key that aws-lambda-go uses
	ctx = context.WithValue(ctx, "x-amzn-trace-id", "Root=1-"+id)
	got, err := f.handler.Invoke(ctx, event)
	if err != nil {
		t.Fatal(err)
	}
	var response struct {
		StatusCode int
		Headers    map[string]string
		Body       string
	}
	if err := json.Unmarshal(got, &response); err != nil {
		t.Fatal(err)
	}
	a = answer{Status: response.StatusCode, Location: response.Headers["Location"], Raw: response.Body}
	_ = json.Unmarshal([]byte(a.Raw), &a.Body)
	d := json.NewDecoder(&f.log)
	for d.More() {
		var line map[string]any
		if err := d.Decode(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
		if line["correlation_id"] != id || line["function_request_id"] != "of "+id || line["xray_trace_id"] != "1-"+id || line["cold_start"] != (f.invoked == 1) {
			t.Errorf("%s %s, request %s: logged %v", method, u.Path, id, line)
		}
	}
	return a, lines
}

// wantLine: one of the lines has the message and the grant's id, and says what
// the wallet answered.
func wantLine(t *testing.T, lines []map[string]any, message, grantID, says string) {
	t.Helper()
	for _, line := range lines {
		cause, _ := line["error"].(string)
		if id, _ := line["grant_id"].(string); line["message"] == message && id == grantID && strings.Contains(cause, says) {
			return
		}
	}
	t.Errorf("no line %q of the grant %q says %q: %v", message, grantID, says, lines)
}

// API Gateway logs a request under the id that it also hands the function. That
// leads to what the wallet answered, whatever this was.
func TestOneIDLeadsToTheWalletsAnswer(t *testing.T) {
	f := deployFunction(t, open(t, stores["bolt"].fresh(t)))
	refuses := func(op sandbox.Op, status int, code string) {
		f.Fail(op, sandbox.Fault{Status: status, Body: `{"error":{"code":"` + code + `","description":"not now"}}`})
	}
	ask := func() (answer, []map[string]any) {
		return f.invoke(t, "POST", "/grants", `{"walletAddress":"`+f.alice+`","unlimited":true,"returnUrl":"`+returnURL+`?order=7"}`)
	}
	asked := func() (id, finish string) {
		made, lines := ask()
		id = made.text("id")
		wantLine(t, lines, "request", id, "")
		u, err := url.Parse(f.consent(t, made.text("consentUrl")))
		if err != nil {
			t.Fatal(err)
		}
		return id, u.RequestURI()
	}

	refuses(sandbox.OpGrant, 400, "invalid_request")
	_, lines := ask()
	wantLine(t, lines, "request", "", `400 invalid_request "not now"`)

	id, finish := asked()
	refuses(sandbox.OpContinue, 400, "too_fast")
	_, lines = f.invoke(t, "GET", finish, "")
	wantLine(t, lines, "a continuation was not used", id, `400 too_fast "not now"`)

	f.later(2 * time.Second) // which a server that says so is left alone
	refuses(sandbox.OpContinue, 403, "request_denied")
	refuses(sandbox.OpCancel, 500, "")
	_, lines = f.invoke(t, "GET", finish, "")
	wantLine(t, lines, "a continuation failed", id, `403 request_denied "not now"`)
	wantLine(t, lines, "a cancel is still owed", id, "500")

	id, finish = asked()
	back, lines := f.invoke(t, "GET", finish, "")
	wantLine(t, lines, "grant granted", id, "")
	given, _ := f.invoke(t, "POST", "/grants/"+id+"/token", `{"code":"`+returned(t, back.Location).Get("code")+`"}`)
	refuses(sandbox.OpRotate, 400, "invalid_rotation")
	_, lines = f.invoke(t, "POST", "/grants/"+id+"/token", `{"refused":"`+given.text("accessToken")+`"}`)
	wantLine(t, lines, "a rotation decided nothing", id, `400 invalid_rotation "not now"`)
	wantLine(t, lines, "request", id, `400 invalid_rotation "not now"`)

	refuses(sandbox.OpCancel, 503, "")
	_, lines = f.invoke(t, "DELETE", "/grants/"+id, "")
	wantLine(t, lines, "a cancel is still owed", id, "503")
	wantLine(t, lines, "request", id, "503")
}

func TestEachRequestSaysHowLongItsWalletTook(t *testing.T) {
	f := deployFunction(t, open(t, stores["bolt"].fresh(t)))
	host := strings.TrimPrefix(f.Server.URL(), "http://")
	wantCalls := func(n float64, lines []map[string]any) {
		t.Helper()
		line := lines[len(lines)-1]
		switch took, _ := line["wallet_ms"].(float64); {
		case line["message"] != "request":
			t.Errorf("the last line is %v", line)
		case n == 0 && line["wallet_host"] == nil && line["wallet_calls"] == nil && line["wallet_ms"] == nil:
		case n == 0 || line["wallet_host"] != host || line["wallet_calls"] != n || took <= 0 || took > line["duration_ms"].(float64):
			t.Errorf("want %v calls of %s: %v", n, host, line)
		}
	}
	made, lines := f.invoke(t, "POST", "/grants", `{"walletAddress":"`+f.alice+`","unlimited":true,"returnUrl":"`+returnURL+`?order=7"}`)
	wantCalls(2, lines) // the wallet address, and its server
	u, err := url.Parse(f.consent(t, made.text("consentUrl")))
	if err != nil {
		t.Fatal(err)
	}
	back, lines := f.invoke(t, "GET", u.RequestURI(), "")
	wantCalls(1, lines)
	grant := "/grants/" + made.text("id")
	given, lines := f.invoke(t, "POST", grant+"/token", `{"code":"`+returned(t, back.Location).Get("code")+`"}`)
	wantCalls(0, lines)
	_, lines = f.invoke(t, "POST", grant+"/token", `{"refused":"`+given.text("accessToken")+`"}`)
	wantCalls(1, lines)
	_, lines = f.invoke(t, "GET", grant, "")
	wantCalls(0, lines)
	_, lines = f.invoke(t, "DELETE", grant, "")
	wantCalls(1, lines)
}
