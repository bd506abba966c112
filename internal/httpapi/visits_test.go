//go:build tools

package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/test/peers"
)

// A consent is [httpapi.Grants] whose finish is in the mode that the test sets.
type consent struct {
	httpapi.Grants
	mu                   sync.Mutex
	mode, shop           string
	finished, prefetched int
	referrers            []string // of requests to the shop
}

func (c *consent) Finish(_ context.Context, _, rawQuery string) (*grant.Outcome, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.finished++
	if rawQuery != "hash=a%2Bb&interact_ref=4ab" {
		return nil, &grant.Error{Code: grant.CodeLinkNotValid}
	}
	switch c.mode {
	case "granted":
		return &grant.Outcome{Redirect: c.shop + "?order=7&status=granted&code=c0d3"}, nil
	case "finished":
		return &grant.Outcome{Page: grant.PageFinished, AppURL: c.shop + "?order=7"}, nil
	case "slow":
		return &grant.Outcome{Page: grant.PageMoment, Refresh: time.Second, AppURL: c.shop + "?order=7"}, nil
	}
	return nil, &grant.Error{Code: grant.CodeLinkNotValid, AppURL: c.shop + "?order=7"}
}

// town serves the API, a wallet and a shop at one address.
func town(t *testing.T) (base string, c *consent) {
	t.Helper()
	c = &consent{}
	finish := api(c).FinishCallback()
	const link = "/grants/" + id + "/finish?hash=a%2Bb&interact_ref=4ab"
	mux := http.NewServeMux()
	mux.HandleFunc("/grants/", func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Sec-Purpose"), "prefetch") {
			c.mu.Lock()
			c.prefetched++
			c.mu.Unlock()
		}
		finish.ServeHTTP(w, r)
	})
	mux.HandleFunc("/wallet", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<body>The wallet <a id="accept" href=%q>Accept</a>`, link)
		if r.URL.RawQuery == "prefetch" {
			fmt.Fprintf(w, `<script type="speculationrules">{"prefetch":[{"source":"list","urls":[%q],"eagerness":"immediate"}]}</script>`, link)
		}
	})
	mux.HandleFunc("/shop", func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.referrers = append(c.referrers, r.Referer())
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<body>The shop`)
	})
	mux.HandleFunc("/control", func(_ http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.mode = r.URL.Query().Get("mode")
	})
	mux.HandleFunc("/calls", func(w http.ResponseWriter, _ *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		fmt.Fprintf(w, `{"finished":%d,"prefetched":%d}`, c.finished, c.prefetched)
	})
	server := httptest.NewUnstartedServer(mux)
	c.shop = "http://" + server.Listener.Addr().String() + "/shop"
	server.Start()
	t.Cleanup(server.Close)
	return server.URL, c
}

// Whatever a person does in a browser ends in a true page with a way back to the
// shop, or in the redirect.
func TestEachVisitEndsAtTheShop(t *testing.T) {
	base, c := town(t)
	out, err := peers.Node(t, "testdata/visits.mjs", peers.Chromium(t), base, "/grants/"+id+"/finish?hash=a%2Bb&interact_ref=4ab").Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	type shown struct{ URL, Text string }
	var saw struct {
		Back struct{ First, Behind, Again, Reloaded, Out shown }
		Tabs struct {
			Waiting, Behind shown
			Ended           []shown
		}
		Prefetch struct {
			Prefetched, FinishedByPrefetch, FinishedByPerson int
			Out                                              shown
		}
		Invalid    struct{ Shown, Out shown }
		Tired      shown
		Complaints []string
	}
	if err := json.Unmarshal(out, &saw); err != nil || len(saw.Tabs.Ended) != 2 {
		t.Fatalf("%v: %s", err, out)
	}
	const granted, home, finish = "/shop?order=7&status=granted&code=c0d3", "/shop?order=7", "/grants/" + id + "/finish?hash=a%2Bb&interact_ref=4ab"
	if referrers := strings.Join(c.referrers, " "); strings.Contains(referrers, "/grants/") || len(c.referrers) < 6 {
		t.Errorf("the shop learns where its visitors come from: %q", c.referrers)
	}
	for what, c := range map[string]struct {
		got       shown
		url, text string
	}{
		"the return to the shop":              {saw.Back.First, granted, "The shop"},
		"back from the shop":                  {saw.Back.Behind, "/wallet", "Accept"},
		"the link once more":                  {saw.Back.Again, finish, "Already finished"},
		"the way back":                        {saw.Back.Again, finish, "Back to the app"},
		"a reload":                            {saw.Back.Reloaded, finish, "Back to the app"},
		"the end of the way back":             {saw.Back.Out, home, "The shop"},
		"a tab while the wallet is slow":      {saw.Tabs.Waiting, finish, "loads again by itself"},
		"its way back":                        {saw.Tabs.Waiting, finish, "Back to the app"},
		"the first tab":                       {saw.Tabs.Ended[0], granted, "The shop"},
		"the second tab":                      {saw.Tabs.Ended[1], granted, "The shop"},
		"back from a tab that reloaded":       {saw.Tabs.Behind, "/wallet", "Accept"},
		"a link that was prefetched":          {saw.Prefetch.Out, granted, "The shop"},
		"a link that is not valid":            {saw.Invalid.Shown, finish, "This link is not valid"},
		"a page that reloaded for minutes":    {saw.Tired, finish + "&reload=20", "Load this page again in a few minutes."},
		"the way back from what is not valid": {saw.Invalid.Out, home, "The shop"},
	} {
		if !strings.HasPrefix(c.got.URL, c.url) || !strings.Contains(c.got.Text, c.text) {
			t.Errorf("%s: at %s it shows %q; want %q at %s", what, c.got.URL, c.got.Text, c.text, c.url)
		}
	}
	if p := saw.Prefetch; p.Prefetched == 0 || p.FinishedByPrefetch != 0 || p.FinishedByPerson != 1 {
		t.Errorf("of a prefetch: %+v", p)
	}
	if len(saw.Complaints) > 0 {
		t.Errorf("the browser complains: %q", saw.Complaints)
	}
}
