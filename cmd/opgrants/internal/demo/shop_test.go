package demo

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestAnotherSiteCannotOrder(t *testing.T) {
	s := startDemo(t)
	r, _ := http.NewRequest(http.MethodPost, s.shop.URL+"/orders", strings.NewReader("amount=1"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden || s.wallet.Stats().GrantRequests != 0 {
		t.Errorf("answered with %d, %d grants were requested", answer.StatusCode, s.wallet.Stats().GrantRequests)
	}
}

func TestTheShopAsksForSensibleAmounts(t *testing.T) {
	s := startDemo(t)
	for name, c := range map[string]struct {
		form url.Values
		says string
	}{
		"a price that is none":                {url.Values{"amount": {"much"}, "often": {"once"}}, "&#34;much&#34; is no amount"},
		"a limit that is none":                {url.Values{"amount": {"1"}, "often": {"daily"}, "limit": {""}}, "is no amount"},
		"a limit that is less than the price": {url.Values{"amount": {"1.30"}, "often": {"daily"}, "limit": {"1.29"}}, "costs more than you want to allow a day"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := newBrowser().submit(t.Context(), s.shop.URL+"/orders", c.form)
			if err != nil {
				t.Fatal(err)
			}
			want(t, p.check(422, s.shop.URL, c.says))
		})
	}
	if n := s.wallet.Stats().GrantRequests; n != 0 {
		t.Errorf("%d grants were requested", n)
	}
}
