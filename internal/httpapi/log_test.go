package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/power"
	"github.com/opgrants/opgrants/internal/telemetry"
	"github.com/opgrants/opgrants/pkg/opclient"
)

func TestOneLineForEachRequest(t *testing.T) {
	wallet := &opclient.Error{Op: "request the grant", URL: "https://auth.wallet.example/x", Status: 400, Code: "c", Err: opclient.ErrRefused}
	for name, tc := range map[string]struct {
		request *http.Request
		err     error
		want    map[string]any
	}{
		"that went well": {request("GET", "/grants/"+id, ""), nil,
			map[string]any{"level": "INFO", "method": "GET", "route": "/grants/{id}", "status": 200.0, "grant_id": id}},
		"that made a grant": {request("POST", "/grants", "{}"), nil,
			map[string]any{"level": "INFO", "method": "POST", "route": "/grants", "status": 201.0, "grant_id": id}},
		"that ended a grant": {request("DELETE", "/grants/"+id+"?forget=true", ""), nil,
			map[string]any{"level": "INFO", "method": "DELETE", "route": "/grants/{id}", "status": 204.0, "grant_id": id}},
		"of a browser": {request("GET", "/grants/"+id+"/finish?hash=s3cr3t", ""), nil,
			map[string]any{"level": "INFO", "method": "GET", "route": "/grants/{id}/finish", "status": 200.0, "grant_id": id}},
		"that was refused": {request("GET", "/grants/"+id, ""), &grant.Error{Code: grant.CodeNotFound, Detail: "None."},
			map[string]any{"level": "INFO", "method": "GET", "route": "/grants/{id}", "status": 404.0, "grant_id": id,
				"code": "not_found", "error": "not_found: None."}},
		"that the wallet refused": {request("POST", "/grants", "{}"), &grant.Error{Code: grant.CodeWalletRefused, Detail: "No.", Err: wallet},
			map[string]any{"level": "WARN", "method": "POST", "route": "/grants", "status": 502.0, "code": "wallet_refused",
				"upstream": "auth.wallet.example", "error": "wallet_refused: No.: " + wallet.Error()}},
		"that needs a token the wallet does not give now": {request("POST", "/grants/"+id+"/token", ""), &grant.Error{Code: grant.CodeNotRotated, Detail: "Wait."},
			map[string]any{"level": "WARN", "method": "POST", "route": "/grants/{id}/token", "status": 503.0, "grant_id": id,
				"code": "not_rotated", "error": "not_rotated: Wait."}},
		"that the operator must know of": {request("POST", "/grants", "{}"), &grant.Error{Code: grant.CodeKeyMissing, Detail: "Put it."},
			map[string]any{"level": "ERROR", "method": "POST", "route": "/grants", "status": 503.0, "code": "signing_key_missing",
				"error": "signing_key_missing: Put it."}},
		"that came too early": {request("GET", "/grants/"+id, ""), &grant.Error{Code: grant.CodeBusy, Detail: "Wait."},
			map[string]any{"level": "INFO", "method": "GET", "route": "/grants/{id}", "status": 503.0, "grant_id": id,
				"code": "busy", "error": "busy: Wait."}},
		"that found a fault of ours": {request("GET", "/grants/"+id+"/finish", ""), errors.New("the cause"),
			map[string]any{"level": "ERROR", "method": "GET", "route": "/grants/{id}/finish", "status": 500.0, "grant_id": id,
				"code": "internal_error", "error": "the cause"}},
		"that led nowhere": {request("GET", "/s3cr3t?s3cr3t", ""), nil,
			map[string]any{"level": "INFO", "method": "GET", "status": 404.0, "code": "not_found",
				"error": "not_found: This service has no such path."}},
	} {
		t.Run(name, func(t *testing.T) {
			g := someGrants()
			g.err = tc.err
			got := logOf(t, g, tc.request)
			if took, ok := got["duration_ms"].(float64); !ok || took < 0 {
				t.Errorf("duration_ms %v", got["duration_ms"])
			}
			for _, name := range []string{"timestamp", "message", "duration_ms"} {
				delete(got, name)
			}
			if route, _ := got["route"].(string); route != "" && !strings.HasSuffix(route, "/finish") { // of an app
				tc.want["owner"] = "shop"
			}
			if !maps.Equal(got, tc.want) {
				t.Errorf("got  %v\nwant %v", got, tc.want)
			}
		})
	}
}

func TestACallerThatLeftIsNoError(t *testing.T) {
	g := someGrants()
	g.err = &grant.Error{Code: grant.CodeStore, Detail: "Wait.", Err: context.Canceled}
	if got := logOf(t, g, request("GET", "/grants/"+id, "")); got["level"] != "ERROR" {
		t.Errorf("with a caller that is there: %v", got)
	}
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if got := logOf(t, g, request("GET", "/grants/"+id, "").WithContext(ctx)); got["level"] != "INFO" {
		t.Errorf("got %v", got)
	}
	g.err = errors.New("the cause")
	if got := logOf(t, g, request("GET", "/grants/"+id, "").WithContext(ctx)); got["level"] != "ERROR" {
		t.Errorf("with a fault of ours all the same: %v", got)
	}
}

// TestWhoCalledIsOnEveryLineOfARequest: a token, a payment and a revocation can be
// traced to the role or user that asked for it. A caller without the power is
// named too, and one that nobody knows is not.
func TestWhoCalledIsOnEveryLineOfARequest(t *testing.T) {
	const arn = "arn:aws:sts::123456789012:assumed-role/shop-backend/i-1"
	for name, tc := range map[string]struct {
		request *http.Request
		powers  power.Set
		err     error // of the authorizer
		lines   int
	}{
		"a token":               {request("POST", "/grants/"+id+"/token", ""), power.All(), nil, 2},
		"a payment":             {with(request("POST", "/grants/"+id+"/payments", "{}"), "Idempotency-Key", "k"), power.All(), nil, 2},
		"a revocation":          {request("DELETE", "/grants/"+id, ""), power.All(), nil, 2},
		"a caller that may not": {request("DELETE", "/grants/"+id, ""), power.Set{power.Payments}, nil, 1},
		"nobody":                {request("DELETE", "/grants/"+id, ""), nil, errors.New("nobody"), 1},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			g := someGrants()
			a := api(g)
			a.Log = telemetry.NewLogger(&log, slog.LevelDebug)
			g.called = func(ctx context.Context) { a.Log.InfoContext(ctx, "it happens") }
			a.Caller = func(*http.Request) (httpapi.Identity, error) {
				return httpapi.Identity{Owner: "aws:123456789012", Caller: arn, Powers: tc.powers}, tc.err
			}
			do(a.Handler(), tc.request)
			lines := strings.Split(strings.TrimSpace(log.String()), "\n")
			if len(lines) != tc.lines {
				t.Errorf("%d lines, want %d: %s", len(lines), tc.lines, &log)
			}
			for _, line := range lines {
				named := strings.Contains(line, `"owner":"aws:123456789012"`) && strings.Contains(line, `"caller":"`+arn+`"`)
				if named != (tc.err == nil) {
					t.Errorf("%s", line)
				}
			}
		})
	}
}

func TestALongNameIsCutInTheLog(t *testing.T) {
	var log bytes.Buffer
	a := api(someGrants())
	a.Log = telemetry.NewLogger(&log, slog.LevelDebug)
	a.Caller = func(*http.Request) (httpapi.Identity, error) {
		return httpapi.Identity{Owner: strings.Repeat("o", 9000), Caller: strings.Repeat("c", 9000), Powers: power.All()}, nil
	}
	do(a.Handler(), request("GET", "/grants/"+id, ""))
	if log.Len() > 2000 {
		t.Errorf("a line of %d bytes", log.Len())
	}
}

func TestTheEndOfAnInteractionIsLogged(t *testing.T) {
	g := someGrants()
	g.outcome = &grant.Outcome{Page: grant.PageFailed, Code: grant.FailureLeft}
	if got := logOf(t, g, request("GET", "/grants/"+id+"/finish?result=grant_invalid", "")); got["code"] != grant.FailureLeft || got["level"] != "INFO" {
		t.Errorf("got %v", got)
	}
}

func TestAPanicIsLoggedWithWhereItWas(t *testing.T) {
	g := someGrants()
	g.panics = "out of luck"
	got := logOf(t, g, request("GET", "/grants/"+id, ""))
	cause, _ := got["error"].(string)
	if got["level"] != "ERROR" || !strings.Contains(cause, "out of luck") || !strings.Contains(cause, "fakes_test.go") {
		t.Errorf("got %v", got)
	}
}

func TestNoSecretIsLogged(t *testing.T) {
	for _, r := range []*http.Request{
		with(request("GET", "/grants/"+id+"/finish?hash=s3cr3t&interact_ref=s3cr3t", ""), "Referer", "https://x.example/s3cr3t"),
		with(request("GET", "/grants/"+id+"/finish?%zz=s3cr3t", ""), "Cookie", "s3cr3t"),
		request("POST", "/grants/"+id+"/token", `{"code":"s3cr3t"}`),
		request("POST", "/grants/"+id+"/token", `{"code":"s3cr3t"`),
		request("POST", "/grants/"+id+"/token", `{"code":["s3cr3t"]}`),
		request("POST", "/grants/s3cr3ts3cr3ts3cr3ts3cr/token", `{}`),
		request("POST", "/grants/"+id+"/token", `{"refused":"s3cr3t"}`),
		request("POST", "/grants/"+id+"/token", `{"refused":{"s3cr3t":1}}`),
		request("GET", "/s3cr3t", ""),
		with(request("GET", "/grants/"+id, ""), "Authorization", "Bearer s3cr3t"),
	} {
		g := someGrants()
		g.token.AccessToken = "s3cr3t"
		g.outcome.Redirect = "https://shop.example/?code=s3cr3t"
		var log bytes.Buffer
		a := api(g)
		a.Log = telemetry.NewLogger(&log, slog.LevelDebug)
		do(a.Handler(), r)
		if strings.Contains(log.String(), "s3cr3t") || log.Len() == 0 {
			t.Errorf("%s %s: %s", r.Method, r.URL, &log)
		}
	}
}

// logOf is the only line that is logged for a request.
func logOf(t *testing.T, g *grants, r *http.Request) (line map[string]any) {
	t.Helper()
	var log bytes.Buffer
	a := api(g)
	a.Log = telemetry.NewLogger(&log, slog.LevelDebug)
	do(a.Handler(), r)
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatalf("%v in %s", err, &log)
	}
	return line
}
