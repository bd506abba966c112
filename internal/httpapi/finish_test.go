package httpapi_test

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/pages"
)

// back is the browser's request, which has no token of the app.
func back(method, query string) *http.Request {
	return with(request(method, "/grants/"+id+"/finish"+query, ""), "Authorization", "")
}

func TestFinishPassesTheQueryOnUntouched(t *testing.T) {
	for _, query := range []string{
		"", "?", "?hash=a%2Bb%3D&interact_ref=1", "?hash=a+b&hash=c&flag", "?a=1;b=2&%zz=%", "?result=%67rant_rejected&x=%0a#y",
	} {
		g := someGrants()
		do(api(g).Handler(), back("GET", query))
		if !reflect.DeepEqual(g.calls, []asked{{Method: "Finish", ID: id, Query: strings.TrimPrefix(query, "?")}}) {
			t.Errorf("%s: asked %+v", query, g.calls)
		}
	}
}

func TestOutcomesOfAFinish(t *testing.T) {
	for name, tc := range map[string]struct {
		outcome *grant.Outcome
		err     error
		status  int
		page    []byte // nil: none
		headers map[string]string
	}{
		"a return to the app": {&grant.Outcome{Redirect: "https://shop.example/thanks?order=7&status=granted&code=c"}, nil, 303, nil,
			map[string]string{"Location": "https://shop.example/thanks?order=7&status=granted&code=c"}},
		"a page of success": {&grant.Outcome{Page: grant.PageGranted}, nil, 200, pages.Outcome(grant.PageGranted, ""), nil},
		"a page once more":  {&grant.Outcome{Page: grant.PageFinished}, nil, 200, pages.Outcome(grant.PageFinished, ""), nil},
		"a page of refusal": {&grant.Outcome{Page: grant.PageRejected, Code: grant.CodeRejected}, nil, 200, pages.Outcome(grant.PageRejected, ""), nil},
		"a page of failure": {&grant.Outcome{Page: grant.PageFailed, Code: grant.FailureLeft}, nil, 200, pages.Problem(grant.FailureLeft), nil},
		"a page that reloads": {&grant.Outcome{Page: grant.PageMoment, Refresh: 2100 * time.Millisecond}, nil, 200,
			pages.Outcome(grant.PageMoment, ""), map[string]string{"Refresh": "3"}},

		"a link that is not valid": {nil, &grant.Error{Code: grant.CodeLinkNotValid, Detail: "Not shown."}, 400, pages.Problem("link_not_valid"), nil},
		"a store that is away": {nil, fmt.Errorf("finishing: %w", &grant.Error{Code: grant.CodeStore, RetryAfter: 2 * time.Second}), 503,
			pages.Problem("store_unavailable"), map[string]string{"Retry-After": "2", "Refresh": "2"}},
		"a fault of ours": {nil, errors.New("dial 10.0.0.7"), 500, pages.Problem("internal_error"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			g := someGrants()
			g.outcome, g.err = tc.outcome, tc.err
			got := do(api(g).FinishCallback(), back("GET", "?hash=h&interact_ref=r"))
			if got.StatusCode != tc.status {
				t.Errorf("status %d, want %d", got.StatusCode, tc.status)
			}
			if body := text(t, got); body != string(tc.page) {
				t.Errorf("got %s", body)
			}
			for _, name := range []string{"Location", "Refresh", "Retry-After"} {
				if value := got.Header.Get(name); value != tc.headers[name] {
					t.Errorf("%s: %q, want %q", name, value, tc.headers[name])
				}
			}
			kind, policy := got.Header.Get("Content-Type"), got.Header.Get("Content-Security-Policy")
			if tc.page != nil && (kind != "text/html; charset=utf-8" || policy != pages.Policy()) {
				t.Errorf("Content-Type %q, policy %q", kind, policy)
			}
		})
	}
}

func TestWhatCannotBeAGrantsLinkIsNotValid(t *testing.T) {
	g := someGrants()
	got := do(api(g).Handler(), request("GET", "/grants/x/finish?hash=h&interact_ref=r", ""))
	if body := text(t, got); got.StatusCode != 400 || body != string(pages.Problem("link_not_valid")) || len(g.calls) != 0 {
		t.Errorf("%d %s, asked %v", got.StatusCode, body, g.calls)
	}
}

func TestWhoeverOnlyLooksAtTheLinkFinishesNothing(t *testing.T) {
	const query = "?hash=h&interact_ref=r"
	for name, tc := range map[string]struct {
		request *http.Request
		status  int
		refresh string
	}{
		"a HEAD request":         {back("HEAD", query), 200, ""},
		"a prefetch":             {with(back("GET", query), "Sec-Purpose", "prefetch"), 503, "1"},
		"a prerendering":         {with(back("GET", query), "Sec-Purpose", "prefetch;prerender"), 503, "1"},
		"a prefetch of old":      {with(back("GET", query), "Purpose", "prefetch"), 503, "1"},
		"a prefetch of Firefox":  {with(back("GET", query), "X-Moz", "Prefetch"), 503, "1"},
		"a preview of Safari":    {with(back("GET", query), "X-Purpose", "preview"), 503, "1"},
		"a prefetch with others": {with(back("GET", query), "Sec-Purpose", "x, prefetch;anonymous-client-ip"), 503, "1"},
	} {
		t.Run(name, func(t *testing.T) {
			g := someGrants()
			got := do(api(g).Handler(), tc.request)
			if got.StatusCode != tc.status || got.Header.Get("Refresh") != tc.refresh || len(g.calls) != 0 {
				t.Errorf("%d, Refresh %q, asked %v", got.StatusCode, got.Header.Get("Refresh"), g.calls)
			}
		})
	}
	g := someGrants()
	do(api(g).Handler(), with(back("GET", query), "Sec-Purpose", "navigation"))
	if len(g.calls) != 1 {
		t.Errorf("any other purpose: asked %v", g.calls)
	}
}
