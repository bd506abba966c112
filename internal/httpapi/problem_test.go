package httpapi_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/pkg/opclient"
)

func TestRequestsThatAreRefusedReachNoGrant(t *testing.T) {
	for name, tc := range map[string]struct {
		request      *http.Request
		status       int
		code, field  string
		header, says string
	}{
		"nobody calls": {with(request("POST", "/grants", "{}"), "Authorization", ""), 401, "unauthenticated", "", "WWW-Authenticate", "Bearer"},
		"a stranger calls": {with(request("GET", "/grants/"+id, ""), "Authorization", "Bearer guess"), 401, "unauthenticated", "",
			"WWW-Authenticate", `Bearer error="invalid_token"`},
		"a stranger asks for what cannot be": {with(request("GET", "/grants/x", ""), "Authorization", ""), 401, "unauthenticated", "", "WWW-Authenticate", "Bearer"},

		"an unknown path":           {request("GET", "/grant", ""), 404, "not_found", "", "", ""},
		"two slashes at the end":    {request("GET", "/grants/"+id+"//", ""), 404, "not_found", "", "", ""},
		"a slash too many":          {request("GET", "//grants/"+id, ""), 404, "not_found", "", "", ""},
		"no id":                     {request("POST", "/grants//token", "{}"), 404, "not_found", "", "", ""},
		"a slash that is encoded":   {request("GET", "/grants%2F"+id, ""), 404, "not_found", "", "", ""},
		"a hidden finish":           {request("GET", "/grants/"+id+"%2Ffinish", ""), 404, "not_found", "", "", ""},
		"a path with a hidden step": {request("GET", "/grants/"+id+"/../"+id, ""), 404, "not_found", "", "", ""},
		"an id that is too short":   {request("GET", "/grants/"+id[1:], ""), 404, "not_found", "", "", ""},
		"an id that is too long":    {request("GET", "/grants/"+id+"A", ""), 404, "not_found", "", "", ""},
		"an id of other letters":    {request("GET", "/grants/"+id[:21]+"+", ""), 404, "not_found", "", "", ""},
		"an id with loose bits":     {request("GET", "/grants/"+id[:21]+"x", ""), 404, "not_found", "", "", ""},
		"an id of blanks":           {request("POST", "/grants/%20%20%20%20%20%20%20%20%20%20%20%20%20%20%20%20%20%20%20%20%20%20/token", ""), 404, "not_found", "", "", ""},
		"an id with line breaks":    {request("GET", "/grants/"+id[:20]+"%0a%0a", ""), 404, "not_found", "", "", ""},
		"an id with a line break":   {request("GET", "/grants/"+id+"%0a", ""), 404, "not_found", "", "", ""},
		"an id in two parts":        {request("GET", "/grants/AAECAwQFBgc%2fCQoLDA0ODw", ""), 404, "not_found", "", "", ""},

		"another method for all grants": {request("DELETE", "/grants", ""), 405, "method_not_allowed", "", "Allow", "GET, HEAD, POST"},
		"another method for a grant":    {request("PUT", "/grants/"+id, ""), 405, "method_not_allowed", "", "Allow", "DELETE, GET, HEAD"},
		"another method for a token":    {request("GET", "/grants/"+id+"/token", ""), 405, "method_not_allowed", "", "Allow", "POST"},
		"another method at the link":    {request("POST", "/grants/"+id+"/finish", ""), 405, "method_not_allowed", "", "Allow", "GET, HEAD"},
		"a browser's preflight":         {request("OPTIONS", "/grants", ""), 405, "method_not_allowed", "", "Allow", "GET, HEAD, POST"},

		"a form":                        {with(request("POST", "/grants", "{}"), "Content-Type", "text/plain"), 415, "unsupported_media_type", "", "", ""},
		"no media type":                 {with(request("POST", "/grants", "{}"), "Content-Type", ""), 415, "unsupported_media_type", "", "", ""},
		"a broken media type":           {with(request("POST", "/grants", "{}"), "Content-Type", "application/json; charset"), 415, "unsupported_media_type", "", "", ""},
		"another charset":               {with(request("POST", "/grants", "{}"), "Content-Type", "application/json; charset=latin1"), 415, "unsupported_media_type", "", "", ""},
		"a form for a token":            {with(request("POST", "/grants/"+id+"/token", "{}"), "Content-Type", "text/plain"), 415, "unsupported_media_type", "", "", ""},
		"a compressed body":             {with(request("POST", "/grants", "\x1f\x8b"), "Content-Encoding", "gzip"), 415, "unsupported_media_type", "", "", ""},
		"too large a body":              {request("POST", "/grants", strings.Repeat(" ", 16<<10)+"{}"), 413, "body_too_large", "", "", ""},
		"a body that breaks":            {broken("POST", "/grants"), 400, "malformed_request", "", "", ""},
		"no body":                       {request("POST", "/grants", ""), 400, "malformed_request", "", "", ""},
		"an unknown member":             {request("POST", "/grants", `{"limits":{"debitAmont":{}}}`), 400, "malformed_request", "limits.debitAmont", "", ""},
		"an unknown member for a token": {request("POST", "/grants/"+id+"/token", `{"token":"x"}`), 400, "malformed_request", "token", "", ""},
		"a null for a token":            {request("POST", "/grants/"+id+"/token", `{"refused":null}`), 400, "malformed_request", "refused", "", ""},
		"a refused token twice":         {request("POST", "/grants/"+id+"/token", `{"refused":"a","refused":"b"}`), 400, "malformed_request", "refused", "", ""},

		"a misspelt forget":          {request("DELETE", "/grants/"+id+"?forgot=true", ""), 400, "malformed_request", "forgot", "", ""},
		"forget and more":            {request("DELETE", "/grants/"+id+"?forget=true&reason=x", ""), 400, "malformed_request", "reason", "", ""},
		"forget in capitals":         {request("DELETE", "/grants/"+id+"?Forget=true", ""), 400, "malformed_request", "Forget", "", ""},
		"forget twice":               {request("DELETE", "/grants/"+id+"?forget=true&forget=true", ""), 400, "malformed_request", "forget", "", ""},
		"forget without a value":     {request("DELETE", "/grants/"+id+"?forget", ""), 400, "malformed_request", "forget", "", ""},
		"forget of another kind":     {request("DELETE", "/grants/"+id+"?forget=1", ""), 400, "malformed_request", "forget", "", ""},
		"a value without a name":     {request("DELETE", "/grants/"+id+"?=true", ""), 400, "malformed_request", "", "", ""},
		"a query that is broken":     {request("DELETE", "/grants/"+id+"?forget=true&%zz", ""), 400, "malformed_request", "", "", ""},
		"a query with ;":             {request("DELETE", "/grants/"+id+"?forget=true;x", ""), 400, "malformed_request", "", "", ""},
		"an empty key":               {withEmpty(request("POST", "/grants", `{}`), "Idempotency-Key"), 400, "malformed_request", "Idempotency-Key", "", ""},
		"two keys":                   {twice(request("POST", "/grants", `{}`), "Idempotency-Key"), 400, "malformed_request", "Idempotency-Key", "", ""},
		"a key that is too long":     {with(request("POST", "/grants", `{}`), "Idempotency-Key", strings.Repeat("k", 256)), 400, "malformed_request", "Idempotency-Key", "", ""},
		"a key with a space":         {with(request("POST", "/grants", `{}`), "Idempotency-Key", "order 7"), 400, "malformed_request", "Idempotency-Key", "", ""},
		"a key with a tabulator":     {with(request("POST", "/grants", `{}`), "Idempotency-Key", "order\t7"), 400, "malformed_request", "Idempotency-Key", "", ""},
		"a key with a delete":        {with(request("POST", "/grants", `{}`), "Idempotency-Key", "order\x7f"), 400, "malformed_request", "Idempotency-Key", "", ""},
		"a key that is not ASCII":    {with(request("POST", "/grants", `{}`), "Idempotency-Key", "é"), 400, "malformed_request", "Idempotency-Key", "", ""},
		"a key with a byte of Latin": {with(request("POST", "/grants", `{}`), "Idempotency-Key", "\xe9"), 400, "malformed_request", "Idempotency-Key", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := someGrants()
			got := do(api(g).Handler(), tc.request)
			p := readProblem(t, got)
			if p.Status != tc.status || p.Code != tc.code || p.Field != tc.field || p.Detail == "" || p.Title == "" {
				t.Errorf("got %+v", p)
			}
			if says := got.Header.Get(tc.header); tc.header != "" && says != tc.says {
				t.Errorf("%s: %q, want %q", tc.header, says, tc.says)
			}
			if tc.header == "Allow" && !strings.Contains(p.Detail, tc.says) {
				t.Errorf("%q does not say that it takes %s", p.Detail, tc.says)
			}
			if len(g.calls) != 0 {
				t.Errorf("reached %+v", g.calls)
			}
		})
	}
}

func TestSpellingsOfTheMediaTypeAreAccepted(t *testing.T) {
	for _, kind := range []string{"application/json", "Application/JSON", "application/json; charset=utf-8", `application/json;charset="UTF-8"`, "application/json; charset=utf8", "application/json; x=y"} {
		if got := do(api(someGrants()).Handler(), with(request("POST", "/grants", "{}"), "Content-Type", kind)); got.StatusCode != 201 {
			t.Errorf("%s: %d", kind, got.StatusCode)
		}
	}
}

func TestErrorsOfGrants(t *testing.T) {
	upstream := &grant.Upstream{Status: 400, Code: "invalid_client", Description: "could not <determine> client"}
	h1dd3n := &opclient.Error{Op: "request the grant", URL: "https://10.0.0.7/internal", Status: 500, Code: "h1dd3n", Description: "h1dd3n", Err: opclient.ErrRefused}
	for name, tc := range map[string]struct {
		err        error
		want       problem
		retryAfter string
	}{
		"that make no sense": {&grant.Error{Code: grant.CodeInvalid, Field: "limits.debitAmount.value", Detail: "Use digits."},
			problem{Status: 422, Code: "invalid_request", Title: "Invalid request", Field: "limits.debitAmount.value", Detail: "Use digits."}, ""},
		"that are wrapped": {fmt.Errorf("asking: %w", &grant.Error{Code: grant.CodeNotFound, Detail: "There is none."}),
			problem{Status: 404, Code: "not_found", Title: "No such grant or path", Detail: "There is none."}, ""},
		"that the wallet made": {&grant.Error{Code: grant.CodeWalletRefused, Detail: "It refused.", Upstream: upstream, Err: h1dd3n},
			problem{Status: 502, Code: "wallet_refused", Title: "The wallet refused the request", Detail: "It refused.", Upstream: upstream}, ""},
		"about a wallet address that does not exist": {&grant.Error{Code: grant.CodeWalletNotFound, Field: "walletAddress", Detail: "Check it."},
			problem{Status: 422, Code: "wallet_not_found", Title: "No such wallet address", Field: "walletAddress", Detail: "Check it."}, ""},
		"of a wallet that wants a pause": {&grant.Error{Code: grant.CodeWalletRefused, Detail: "Wait.", RetryAfter: 37 * time.Second},
			problem{Status: 502, Code: "wallet_refused", Title: "The wallet refused the request", Detail: "Wait."}, "37"},
		"of a wallet that wants a long pause": {&grant.Error{Code: grant.CodeWalletUnreachable, Detail: "Wait.", RetryAfter: 24 * time.Hour},
			problem{Status: 502, Code: "wallet_unreachable", Title: "The wallet is not available", Detail: "Wait."}, "3600"},
		"of a wallet that talks without end": {&grant.Error{Code: grant.CodeWalletRefused, Detail: strings.Repeat("é", 5000),
			Upstream: &grant.Upstream{Status: 400, Code: strings.Repeat("c", 501), Description: strings.Repeat("☃", 5000)}},
			problem{Status: 502, Code: "wallet_refused", Title: "The wallet refused the request", Detail: strings.Repeat("é", 1000) + "…",
				Upstream: &grant.Upstream{Status: 400, Code: strings.Repeat("c", 500) + "…", Description: strings.Repeat("☃", 500) + "…"}}, ""},
		"that pass": {&grant.Error{Code: grant.CodeBusy, Detail: "Wait.", RetryAfter: 1500 * time.Millisecond},
			problem{Status: 503, Code: "busy", Title: "Busy: try again", Detail: "Wait."}, "2"},
		"of a retry that came too early": {&grant.Error{Code: grant.CodeInFlight, Detail: "Wait.", RetryAfter: 2 * time.Second},
			problem{Status: 409, Code: "in_flight", Title: "A request with this Idempotency-Key is in progress", Detail: "Wait."}, "2"},
		"of a retry that is none": {&grant.Error{Code: grant.CodeKeyReused, Detail: "Use another."},
			problem{Status: 422, Code: "idempotency_key_reused", Title: "Idempotency-Key used for another request", Detail: "Use another."}, ""},
		"of a key out of reach": {&grant.Error{Code: grant.CodeKeyUnavailable, Detail: "Wait.", RetryAfter: 2 * time.Second},
			problem{Status: 503, Code: "signing_key_unavailable", Title: "Signing key cannot be read", Detail: "Wait."}, "2"},
		"that pass soon": {&grant.Error{Code: grant.CodeStore, Detail: "Wait.", RetryAfter: 1},
			problem{Status: 503, Code: "store_unavailable", Title: "The store of grants cannot be reached", Detail: "Wait."}, "1"},
		"of the client, which are ours to translate": {h1dd3n, internalError, ""},
		"of an unknown code":                         {&grant.Error{Code: "brand_new", Detail: "h1dd3n", Upstream: upstream}, internalError, ""},
		"of any other kind":                          {errors.New("h1dd3n: dial 10.0.0.7"), internalError, ""},
	} {
		t.Run(name, func(t *testing.T) {
			tc.want.Type = "https://github.com/opgrants/opgrants/blob/main/docs/problems.md#" + tc.want.Code
			for _, r := range []*http.Request{
				request("POST", "/grants", "{}"), request("GET", "/grants/"+id, ""), request("POST", "/grants/"+id+"/token", ""),
				request("DELETE", "/grants/"+id, ""),
			} {
				g := someGrants()
				g.err = tc.err
				got := do(api(g).Handler(), r)
				p := readProblem(t, got)
				if (p.Upstream == nil) != (tc.want.Upstream == nil) || p.Upstream != nil && *p.Upstream != *tc.want.Upstream {
					t.Errorf("upstream %+v", p.Upstream)
				}
				if p.Upstream = tc.want.Upstream; p != tc.want {
					t.Errorf("got  %+v\nwant %+v", p, tc.want)
				}
				if after := got.Header.Get("Retry-After"); after != tc.retryAfter {
					t.Errorf("Retry-After %q, want %q", after, tc.retryAfter)
				}
			}
		})
	}
}

var internalError = problem{Status: 500, Code: "internal_error", Title: "Internal error",
	Detail: "This is a fault of the service. Its log has the reason. Try again later."}

func TestAPanicIsAnInternalError(t *testing.T) {
	g := someGrants()
	g.panics = "h1dd3n"
	want := internalError
	want.Type = "https://github.com/opgrants/opgrants/blob/main/docs/problems.md#internal_error"
	if p := readProblem(t, do(api(g).Handler(), request("GET", "/grants/"+id, ""))); p != want {
		t.Errorf("got %+v", p)
	}
	if got := do(api(g).Handler(), request("GET", "/grants/"+id+"/finish", "")); got.StatusCode != 500 || strings.Contains(text(t, got), "h1dd3n") {
		t.Errorf("at the link: %d", got.StatusCode)
	}
	caller := api(someGrants())
	caller.Caller = func(*http.Request) (httpapi.Identity, error) { panic("h1dd3n") }
	if p := readProblem(t, do(caller.Handler(), request("GET", "/grants/"+id, ""))); p != want {
		t.Errorf("in the caller: %+v", p)
	}
}

func TestAnAnswerThatIsNoJSONIsAnInternalError(t *testing.T) {
	g := someGrants()
	g.resource.CreatedAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) // RFC 3339 has four digits
	for _, r := range []*http.Request{request("GET", "/grants/"+id, ""), request("POST", "/grants", "{}")} {
		if p := readProblem(t, do(api(g).Handler(), r)); p.Code != "internal_error" {
			t.Errorf("got %+v", p)
		}
	}
}

func TestEachErrorOfTheCallerIs401(t *testing.T) {
	a := api(someGrants())
	a.Caller = func(*http.Request) (httpapi.Identity, error) {
		return httpapi.Identity{}, errors.New("h1dd3n: no authorizer context")
	}
	got := do(a.Handler(), request("GET", "/grants/"+id, ""))
	if p := readProblem(t, got); p.Code != "unauthenticated" || strings.Contains(p.Detail, "h1dd3n") || got.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("got %+v, %v", p, got.Header)
	}
	a.Caller = func(*http.Request) (httpapi.Identity, error) {
		return httpapi.Identity{}, fmt.Errorf("asking: %w", &httpapi.Unauthenticated{Challenge: "AWS4-HMAC-SHA256", Detail: "Sign it."})
	}
	got = do(a.Handler(), request("GET", "/grants/"+id, ""))
	if p := readProblem(t, got); p.Detail != "Sign it." || got.Header.Get("WWW-Authenticate") != "AWS4-HMAC-SHA256" {
		t.Errorf("got %+v, %v", p, got.Header)
	}
}

// with sets a header, or takes it away.
func with(r *http.Request, header, value string) *http.Request {
	r.Header.Del(header)
	if value != "" {
		r.Header.Set(header, value)
	}
	return r
}

func withEmpty(r *http.Request, header string) *http.Request {
	r.Header.Set(header, "")
	return r
}

func twice(r *http.Request, header string) *http.Request {
	r.Header[header] = []string{"k", "k"}
	return r
}

func broken(method, target string) *http.Request {
	r := httptest.NewRequest(method, target, iotest.ErrReader(errors.New("connection reset")))
	r.Header.Set("Authorization", "Bearer secret")
	return with(r, "Content-Type", "application/json")
}

func TestTheNameOfAnUnknownMemberIsNotRepeatedAtAnyLength(t *testing.T) {
	p := readProblem(t, do(api(someGrants()).Handler(), request("POST", "/grants", `{"`+strings.Repeat("x", 9000)+`":1}`)))
	if p.Code != "malformed_request" || len(p.Field) > 110 || len(p.Detail) > 1100 {
		t.Errorf("%d characters of field, %d of detail", len(p.Field), len(p.Detail))
	}
}

// A caller of a slow wallet is told when to try again, on each route, whether or not
// the wallet said so.
func TestATimeoutSaysWhenToTryAgain(t *testing.T) {
	for _, route := range [][2]string{{"POST", "/grants"}, {"GET", "/grants/" + id + "/spent"}, {"GET", "/grants/" + id}} {
		for after, want := range map[time.Duration]string{0: "5", 40 * time.Second: "40"} {
			g := someGrants()
			g.err = &grant.Error{Code: grant.CodeWalletTimeout, Detail: "Try again.", RetryAfter: after}
			if got := do(api(g).Handler(), request(route[0], route[1], "{}")); got.StatusCode != http.StatusGatewayTimeout || got.Header.Get("Retry-After") != want {
				t.Errorf("%s %s: %d, Retry-After %q, want %s", route[0], route[1], got.StatusCode, got.Header.Get("Retry-After"), want)
			}
		}
	}
}
