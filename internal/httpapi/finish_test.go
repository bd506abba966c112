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

const shopURL = "https://shop.example/thanks?order=7"

var still, reloading = pages.View{}, pages.View{Reloads: true}

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

func TestTheCountOfReloadsIsNotTheWallets(t *testing.T) {
	for _, query := range []string{"?hash=a%2Bb&interact_ref=r&reload=3", "?reload=1&hash=a%2Bb&interact_ref=r"} {
		g := someGrants()
		do(api(g).Handler(), back("GET", query))
		if !reflect.DeepEqual(g.calls, []asked{{Method: "Finish", ID: id, Query: "hash=a%2Bb&interact_ref=r"}}) {
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
		"a return with other characters": {&grant.Outcome{Redirect: "https://shop.example/dank\u00fc?q=caf\u00e9%20\u2603 x&code=c"}, nil, 303, nil,
			map[string]string{"Location": "https://shop.example/dank%C3%BC?q=caf%C3%A9%20%E2%98%83%20x&code=c"}},
		"a return to a mobile app": {&grant.Outcome{Redirect: "com.example.shop://thanks?status=granted&code=c"}, nil, 303, nil,
			map[string]string{"Location": "com.example.shop://thanks?status=granted&code=c"}},
		"a return to the app": {&grant.Outcome{Redirect: "https://shop.example/thanks?order=7&status=granted&code=c"}, nil, 303, nil,
			map[string]string{"Location": "https://shop.example/thanks?order=7&status=granted&code=c"}},
		"a page of success": {&grant.Outcome{Page: grant.PageGranted}, nil, 200, pages.Outcome(grant.PageGranted, "", still), nil},
		"a page of success with a way back": {&grant.Outcome{Page: grant.PageFinished, AppURL: shopURL}, nil, 200,
			pages.Outcome(grant.PageFinished, "", pages.View{AppURL: shopURL}), nil},
		"a page that reloads, with a way back": {&grant.Outcome{Page: grant.PageMoment, Refresh: time.Second, AppURL: shopURL}, nil, 200,
			pages.Outcome(grant.PageMoment, "", pages.View{AppURL: shopURL, Reloads: true}), map[string]string{"Refresh": "1; url=?hash=h&interact_ref=r&reload=1"}},
		"a link that is not valid, with a way back": {nil, &grant.Error{Code: grant.CodeLinkNotValid, AppURL: shopURL}, 400,
			pages.Problem("link_not_valid", pages.View{AppURL: shopURL}), nil},
		"a wallet that wants a long pause": {nil, &grant.Error{Code: grant.CodeWalletTimeout, RetryAfter: 48 * time.Hour}, 504,
			pages.Problem("wallet_timeout", reloading), map[string]string{"Retry-After": "3600", "Refresh": "3600; url=?hash=h&interact_ref=r&reload=1"}},
		"a page once more":  {&grant.Outcome{Page: grant.PageFinished}, nil, 200, pages.Outcome(grant.PageFinished, "", still), nil},
		"a page of refusal": {&grant.Outcome{Page: grant.PageRejected, Code: grant.CodeRejected}, nil, 200, pages.Outcome(grant.PageRejected, "", still), nil},
		"a page of failure": {&grant.Outcome{Page: grant.PageFailed, Code: grant.FailureLeft}, nil, 200, pages.Problem(grant.FailureLeft, still), nil},
		"a page that reloads": {&grant.Outcome{Page: grant.PageMoment, Refresh: 2100 * time.Millisecond}, nil, 200,
			pages.Outcome(grant.PageMoment, "", reloading), map[string]string{"Refresh": "3; url=?hash=h&interact_ref=r&reload=1"}},

		"a link that is not valid": {nil, &grant.Error{Code: grant.CodeLinkNotValid, Detail: "Not shown."}, 400, pages.Problem("link_not_valid", still), nil},
		"a store that is away": {nil, fmt.Errorf("finishing: %w", &grant.Error{Code: grant.CodeStore, RetryAfter: 2 * time.Second}), 503,
			pages.Problem("store_unavailable", reloading), map[string]string{"Retry-After": "2", "Refresh": "2; url=?hash=h&interact_ref=r&reload=1"}},
		"a fault of ours": {nil, errors.New("dial 10.0.0.7"), 500, pages.Problem("internal_error", still), nil},
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

func TestALinkWithoutAnIDIsNotValid(t *testing.T) {
	g := someGrants()
	got := do(api(g).Handler(), request("GET", "/grants/x/finish?hash=h&interact_ref=r", ""))
	if body := text(t, got); got.StatusCode != 400 || body != string(pages.Problem("link_not_valid", still)) || len(g.calls) != 0 {
		t.Errorf("%d %s, asked %v", got.StatusCode, body, g.calls)
	}
}

func TestOnlyAPersonsVisitFinishesAGrant(t *testing.T) {
	const query = "?hash=h&interact_ref=r"
	const again = "1; url=?hash=h&interact_ref=r&reload=1"
	for name, tc := range map[string]struct {
		request *http.Request
		status  int
		refresh string
	}{
		"a HEAD request":         {back("HEAD", query), 200, ""},
		"a prefetch":             {with(back("GET", query), "Sec-Purpose", "prefetch"), 503, again},
		"a prerendering":         {with(back("GET", query), "Sec-Purpose", "prefetch;prerender"), 503, again},
		"an old prefetch":        {with(back("GET", query), "Purpose", "prefetch"), 503, again},
		"a prefetch of Firefox":  {with(back("GET", query), "X-Moz", "Prefetch"), 503, again},
		"a preview of Safari":    {with(back("GET", query), "X-Purpose", "preview"), 503, again},
		"a prefetch with others": {with(back("GET", query), "Sec-Purpose", "x, prefetch;anonymous-client-ip"), 503, again},
	} {
		t.Run(name, func(t *testing.T) {
			g := someGrants()
			got := do(api(g).Handler(), tc.request)
			if got.StatusCode != tc.status || got.Header.Get("Refresh") != tc.refresh || len(g.calls) != 0 {
				t.Errorf("%d, Refresh %q, asked %v", got.StatusCode, got.Header.Get("Refresh"), g.calls)
			}
			if body := text(t, got); tc.status == 503 && body != string(pages.Unopened(reloading)) {
				t.Errorf("it shows %s", body)
			}
		})
	}
	g := someGrants()
	do(api(g).Handler(), with(back("GET", query), "Sec-Purpose", "navigation"))
	if len(g.calls) != 1 {
		t.Errorf("any other purpose: asked %v", g.calls)
	}
}

func TestALinkThatWasCutOffIsAPage(t *testing.T) {
	for _, path := range []string{"/", "/grants/" + id + "/fin", "/grants/" + id + "/finish/more", "/favicon.ico"} {
		r := with(with(request("GET", path, ""), "Authorization", ""), "Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
		got := do(api(someGrants()).Handler(), r)
		if body := text(t, got); got.StatusCode != 404 || body != string(pages.Problem("not_found", still)) {
			t.Errorf("%s: %d %s", path, got.StatusCode, body)
		}
	}
}
