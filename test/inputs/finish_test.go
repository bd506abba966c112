package inputs_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/inputs"
)

// replaced is the finish link with another query.
func replaced(t *testing.T, finish string, change func(url.Values)) string {
	t.Helper()
	u, err := url.Parse(finish)
	if err != nil {
		t.Fatal(err)
	}
	query := u.Query()
	change(query)
	u.RawQuery = query.Encode()
	return u.String()
}

func TestEachWayBackFromTheWalletEndsAtTheAppOrSaysWhy(t *testing.T) {
	p := newPlace(t)
	only := func(pairs ...string) func(url.Values) {
		return func(q url.Values) {
			clear(q)
			for i := 0; i < len(pairs); i += 2 {
				q.Add(pairs[i], pairs[i+1])
			}
		}
	}
	var tried []inputs.Row
	for _, c := range []struct {
		name   string
		change func(url.Values)
		want   string // the query at the app; "": a page
	}{
		{"A valid hash", func(url.Values) {}, "granted"},
		{"A valid hash, and parameters of a tracker", func(q url.Values) { q.Set("utm_source", "wallet"); q.Set("fbclid", "x") }, "granted"},
		{"A valid hash, and a result that says no", func(q url.Values) { q.Set("result", "grant_rejected") }, "granted"},
		{"A valid hash without its padding", func(q url.Values) { q.Set("hash", strings.TrimRight(q.Get("hash"), "=")) }, "granted"},
		{"A valid hash in base64url", func(q url.Values) { q.Set("hash", strings.NewReplacer("+", "-", "/", "_").Replace(q.Get("hash"))) }, "granted"},
		{"A valid hash whose plus signs became spaces", func(q url.Values) { q.Set("hash", strings.ReplaceAll(q.Get("hash"), "+", " ")) }, "granted"},
		{"A valid hash, encoded twice", func(q url.Values) { q.Set("hash", url.QueryEscape(q.Get("hash"))) }, "granted"},
		{"`result=grant_rejected`", only("result", "grant_rejected"), "status=rejected"},
		{"`result=grant_invalid`", only("result", "grant_invalid"), "error=interaction_left"},
		{"`result=invalid_interaction` and `message=interaction expired`", only("result", "invalid_interaction", "message", "interaction expired"), "error=interaction_expired"},
		{"`result=invalid_interaction`", only("result", "invalid_interaction"), "error=interaction_left"},
		{"`result=unknown_interaction`", only("result", "unknown_interaction"), "error=interaction_unknown"},
		{"`result=access_denied`, of another wallet", only("result", "access_denied"), "error=interaction_left"},
		{"`result=granted` without a hash", only("result", "granted"), "error=interaction_left"},
		{"`result=` in another language", only("result", "abgelehnt ☃"), "error=interaction_left"},
		{"No query", only(), ""},
		{"An empty `result`", only("result", ""), ""},
		{"`result` twice", only("result", "grant_rejected", "result", "granted"), ""},
		{"`error=access_denied`, as OAuth has it", only("error", "access_denied"), ""},
		{"A hash without a reference", func(q url.Values) { q.Del("interact_ref") }, ""},
		{"A reference without a hash", func(q url.Values) { q.Del("hash") }, ""},
		{"The hash twice", func(q url.Values) { q.Add("hash", q.Get("hash")) }, ""},
		{"Another reference", func(q url.Values) { q.Set("interact_ref", "x") }, ""},
		{"A hash that was cut", func(q url.Values) { q.Set("hash", q.Get("hash")[:20]) }, ""},
		{"A hash in lower case, as some mail programs leave links", func(q url.Values) { q.Set("hash", strings.ToLower(q.Get("hash"))) }, ""},
	} {
		before := p.live()
		id, finish := p.pending(t)
		a := send(t, "", "GET", replaced(t, finish, c.change), "", "Accept", "text/html")
		switch query := returned(a); {
		case c.want == "granted" && (query.Get("status") != "granted" || p.live() != before+1):
			t.Errorf("%s: %d %v %s", c.name, a.status, query, a.body)
		case c.want == "" && (a.status != http.StatusBadRequest || !strings.Contains(string(a.body), returnURL)):
			t.Errorf("%s: %d without a way back: %s", c.name, a.status, a.body)
		case c.want != "" && c.want != "granted" && !strings.Contains(query.Encode(), c.want):
			t.Errorf("%s: %v", c.name, query)
		}
		// Whatever it was, the right link still works.
		if again := returned(send(t, "", "GET", finish, "")); again.Get("status") != "granted" || p.get(t, id).member("status") != "granted" {
			t.Errorf("%s: then the right link leads to %v", c.name, again)
		}
		result := "a page: `This link is not valid`"
		if c.want != "" {
			result = "`" + strings.Replace(c.want, "granted", "status=granted", 1) + "`"
		}
		tried = append(tried, inputs.Row{Input: c.name, Result: result})
	}
	inputs.Check(t, "The way back from the wallet", tried)
}

func TestARefusalByTheUserIsNoFailure(t *testing.T) {
	p := newPlace(t)
	for name, body := range map[string]string{
		"an object":                       `{"error":{"code":"user_denied","description":"user denied interaction"}}`,
		"a string":                        `{"error":"user_denied"}`,
		"a string with a description":     `{"error":"user_denied","error_description":"no"}`,
		"an object without a description": `{"error":{"code":"user_denied","description":null}}`,
	} {
		for _, status := range []int{400, 401, 403, 404} {
			before := p.live()
			id, finish := p.pending(t)
			p.instead(sandbox.OpContinue, status, nil, body, func() {
				if got := returned(send(t, "", "GET", finish, "")); got.Encode() != "status=rejected" {
					t.Errorf("%s with %d: %v", name, status, got)
				}
			})
			if g := p.get(t, id); g.member("status") != "rejected" || g.member("failure", "code") != "" || p.live() != before {
				t.Errorf("%s with %d: %s", name, status, g.body)
			}
		}
	}
}

// Robots that look at links before a person does, and what browsers load ahead.
func TestWhoLooksAheadDoesNotFinish(t *testing.T) {
	p := newPlace(t)
	for name, header := range map[string][]string{
		"a prefetch of Chromium":  {"Sec-Purpose", "prefetch"},
		"a prerender of Chromium": {"Sec-Purpose", "prefetch;prerender"},
		"a private prefetch":      {"Sec-Purpose", "prefetch;anonymous-client-ip"},
		"an older Chromium":       {"Purpose", "prefetch"},
		"an older Firefox":        {"X-Moz", "prefetch"},
		"an older Safari":         {"X-Purpose", "preview"},
		"capitals":                {"Sec-Purpose", "Prefetch"},
	} {
		_, finish := p.pending(t)
		calls := p.count(sandbox.OpContinue)
		a := send(t, "", "GET", finish, "", header...)
		if a.status < 500 || a.header.Get("Location") != "" || p.count(sandbox.OpContinue) != calls {
			t.Errorf("%s: %d", name, a.status)
		}
		if got := returned(send(t, "", "GET", finish, "")); got.Get("status") != "granted" {
			t.Errorf("%s: then the person gets %v", name, got)
		}
	}
	_, finish := p.pending(t)
	calls := p.count(sandbox.OpContinue)
	if a := send(t, "", "HEAD", finish, ""); a.status != http.StatusOK || p.count(sandbox.OpContinue) != calls {
		t.Errorf("HEAD: %d", a.status)
	}
	// A preview robot that is no prefetch opens the link without cookies, and takes
	// nothing from the person: within five minutes the link leads to the app again.
	first := returned(send(t, "", "GET", finish, "", "User-Agent", "facebookexternalhit/1.1"))
	again := returned(send(t, "", "GET", finish, "", "User-Agent", "Mozilla/5.0"))
	if first.Get("code") == "" || first.Encode() != again.Encode() || p.count(sandbox.OpContinue) != calls+1 {
		t.Errorf("a robot gets %v, then the person %v", first, again)
	}
}

func TestTwoTabsAndReloadsAreOneContinuation(t *testing.T) {
	p := newPlace(t)
	id, finish := p.pending(t)
	calls := p.count(sandbox.OpContinue)
	var tabs sync.WaitGroup
	for range 8 {
		tabs.Go(func() {
			a := send(t, "", "GET", finish, "", "Accept", "text/html")
			if returned(a).Get("status") != "granted" && (a.status != http.StatusOK || a.header.Get("Refresh") == "") {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
	tabs.Wait()
	if p.count(sandbox.OpContinue) != calls+1 || returned(send(t, "", "GET", finish, "")).Get("status") != "granted" {
		t.Errorf("%d continuations", p.count(sandbox.OpContinue)-calls)
	}
	if a := p.get(t, id); a.member("status") != "granted" {
		t.Errorf("%s", a.body)
	}
}
