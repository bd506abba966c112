package demo

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestAnotherSiteCannotOrder(t *testing.T) {
	s := startDemo(t)
	r, _ := http.NewRequest(http.MethodPost, s.shop.url+"/orders", strings.NewReader("amount=1"))
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
			p, err := newBrowser().submit(t.Context(), s.shop.url+"/orders", c.form)
			if err != nil {
				t.Fatal(err)
			}
			want(t, p.check(422, s.shop.url, c.says))
		})
	}
	if n := s.wallet.Stats().GrantRequests; n != 0 {
		t.Errorf("%d grants were requested", n)
	}
}

func TestAPriceIsCountedInCents(t *testing.T) {
	for typed, want := range map[string]cents{
		"1.30": 130, "1,3": 130, "1": 100, "0.05": 5, " 007.5 ": 750, "999999.99": 99999999,
		"": 0, "0": 0, "0.00": 0, "1.305": 0, "-1": 0, "1e3": 0, "1,000.50": 0, "1000000": 0, ".5": 0,
	} {
		got, err := parseCents(typed)
		if got != want || (err == nil) != (want != 0) {
			t.Errorf("%q is %d, %v; want %d", typed, got, err, want)
		}
	}
	for minor, want := range map[cents]string{5: "0.05 USD", 50: "0.50 USD", 130: "1.30 USD", 99999999: "999999.99 USD"} {
		if got := minor.String(); got != want {
			t.Errorf("%d is %s, want %s", minor, got, want)
		}
	}
}
