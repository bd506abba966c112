package sandbox_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

// A browser keeps cookies and stops at redirects to elsewhere.
type browser struct {
	*testing.T
	client *http.Client
}

type view struct {
	status int
	header http.Header
	text   string
}

func newBrowser(t *testing.T) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

func (b *browser) open(r *http.Request, err error) view {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
	a, err := b.client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		b.Fatal(err)
	}
	return view{a.StatusCode, a.Header, string(text)}
}

func (b *browser) get(u string) view {
	b.Helper()
	return b.open(http.NewRequest(http.MethodGet, u, nil))
}

func (b *browser) choose(consentURL, choice string) view {
	b.Helper()
	r, err := http.NewRequest(http.MethodPost, consentURL, strings.NewReader(url.Values{"choice": {choice}}.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return b.open(r, err)
}

func finishPage(consentURL string) string {
	base, _, _ := strings.Cut(consentURL, "?")
	return base + "/finish"
}

func TestTheConsentPageSaysWhoAsksHowMuchHowOftenAndToWhom(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	amount := func(value, code string, scale int) m {
		return m{"value": value, "assetCode": code, "assetScale": scale}
	}
	for _, c := range []struct {
		name   string
		limits m
		want   []string
	}{
		{"once", m{"debitAmount": amount("130", "USD", 2)}, []string{"A shop", w.shop, w.alice, "1.30 USD", "fees included", "Once", "Anyone"}},
		{"every day", m{"debitAmount": amount("5", "EUR", 2), "interval": "R/2025-04-22T08:00:00Z/P1D"}, []string{"0.05 EUR", "Every day, from 22 April 2025 08:00 UTC, with no end"}},
		{"twelve months", m{"debitAmount": amount("123456789", "JPY", 0), "interval": "R12/2025-04-22T08:00:00Z/P1M"}, []string{"123\u202f456\u202f789 JPY", "Every month, from 22 April 2025 08:00 UTC, repeated 12 times"}},
		{"until", m{"receiveAmount": amount("1000", "USD", 3), "interval": "R-1/P1Y2M10DT2H30M/2022-05-11T15:30:00Z"}, []string{"1.000 USD", "as the receiver gets it", "Every year and 2 months and 10 days and 2 hours and 30 minutes, until 11 May 2022 15:30 UTC, with no end"}},
		{"from to", m{"interval": "R/2017-03-01T13:00:00Z/2018-05-11T15:30:00Z"}, []string{"No limit", "In a period as long as from 1 March 2017 13:00 UTC to 11 May 2018 15:30 UTC"}},
		{"what makes no sense is shown as it is", m{"debitAmount": amount("-1.5", "USD", 2), "interval": "<b>often</b>"}, []string{"-1.5 USD", "&lt;b&gt;often&lt;/b&gt;"}},
		{"to somebody", m{"receiver": "https://wallet.example/incoming-payments/1"}, []string{"Somebody at wallet.example", "https://wallet.example/incoming-payments/1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := w.mustAsk(accessItems(w.outgoing(c.limits)))
			p := newBrowser(t).get(g.Interact.Redirect)
			for _, want := range append(c.want, `value="accept"`, `value="reject"`) {
				if p.status != 200 || !strings.Contains(p.text, want) {
					t.Errorf("no %q in %d %s", want, p.status, p.text)
				}
			}
		})
	}
}

func TestTheConsentPageSaysWhatElseIsAskedFor(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	all := w.outgoing(nil)
	all["actions"] = []any{"create", "read-all"}
	g := w.mustAsk(func(b m) {
		accessItems(all, m{"type": "quote", "actions": []any{"create"}}, m{"type": "incoming-payment", "actions": []any{"create"}})(b)
		b["subject"] = m{"sub_ids": []any{m{"id": w.alice, "format": "uri"}}}
	})
	p := newBrowser(t).get(g.Interact.Redirect)
	for _, want := range []string{"those of other apps too", "what a payment would cost", "request payments to your wallet", "that this wallet address is yours"} {
		if !strings.Contains(p.text, want) {
			t.Errorf("no %q in %s", want, p.text)
		}
	}
}

func TestTheNameOnThePageIsTheClientsNotTheLinks(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	u := strings.Replace(w.mustAsk(nil).Interact.Redirect, "clientName=A+shop", "clientName=Your+bank", 1)
	if p := newBrowser(t).get(u); strings.Contains(p.text, "Your bank") || !strings.Contains(p.text, "A shop") {
		t.Error("who sends the link chooses the name")
	}
}

func TestPagesLoadAndLeakNothing(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	g := w.mustAsk(nil)
	b := newBrowser(t)
	for name, p := range map[string]view{
		"consent": b.get(g.Interact.Redirect),
		"chosen":  b.choose(g.Interact.Redirect, "accept"),
		"unknown": b.get(w.AuthServer() + "/interact/a/b"),
	} {
		policy := p.header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'", "style-src 'sha256-"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: no %s in %q", name, want, policy)
			}
		}
		if p.header.Get("Referrer-Policy") != "no-referrer" || p.header.Get("Cache-Control") != "no-store" || p.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", name, p.header)
		}
		if regexp.MustCompile(`(?i)<script|\son\w+=|style="|https?://[^"<]*\.(css|js)`).MatchString(p.text) {
			t.Errorf("%s has a script, a style attribute or another's file: %s", name, p.text)
		}
		if !strings.Contains(p.text, `<html lang="en">`) || strings.Count(p.text, "<h1>") != 1 || !strings.Contains(p.text, "<title>") {
			t.Errorf("%s: no language, title or heading: %s", name, p.text)
		}
	}
}

func TestTheSessionCookieStaysWithTheConsentPages(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	u := w.mustAsk(nil).Interact.Redirect
	cookie := newBrowser(t).get(u).header.Get("Set-Cookie")
	for _, want := range []string{"HttpOnly", "SameSite=Lax", "Path=/auth/interact/", "Max-Age=600"} {
		if !strings.Contains(cookie, want) {
			t.Errorf("no %s in %q", want, cookie)
		}
	}
	if strings.Contains(cookie, "Secure") {
		t.Error("a browser would not send it over http")
	}
}

func TestAFormThatIsTooLargeChoosesNothing(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	u := w.mustAsk(nil).Interact.Redirect
	b := newBrowser(t)
	b.get(u)
	form := "x=" + strings.Repeat("x", 8<<10) + "&choice=accept"
	r, err := http.NewRequest(http.MethodPost, u, strings.NewReader(form))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if p := b.open(r, err); p.status != 400 {
		t.Errorf("%d %s", p.status, p.text)
	}
}

func TestAPersonAllowsAndComesBack(t *testing.T) {
	w := newWorld(t, sandbox.Config{Wait: -1})
	g := w.mustAsk(nil)
	b := newBrowser(t)
	b.get(g.Interact.Redirect)
	p := b.choose(g.Interact.Redirect, "accept")
	if refresh := p.header.Get("Refresh"); p.status != 200 || !strings.Contains(p.text, "You allowed it") || !strings.HasSuffix(finishPage(g.Interact.Redirect), strings.TrimPrefix(refresh, "1; url=")) {
		t.Fatalf("%d %q %s", p.status, refresh, p.text)
	}
	back := b.get(finishPage(g.Interact.Redirect))
	u, err := url.Parse(back.header.Get("Location"))
	if back.status != 302 || err != nil || u.Host != "localhost:3344" || u.Query().Get("hash") == "" || back.header.Get("Referrer-Policy") != "no-referrer" {
		t.Fatalf("%d %v", back.status, back.header)
	}
	w.resume(g, u.Query().Get("interact_ref")).is(t, 200, "")
}

func TestAPersonComesBackAsTheFactsSay(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(w *world, b *browser, consentURL string) view
		want string // in the redirect; "": none
		text string // or on the page
	}{
		{"refuses", func(_ *world, b *browser, u string) view {
			b.get(u)
			b.choose(u, "reject")
			return b.get(finishPage(u))
		}, "result=grant_rejected", ""},
		{"leaves", func(_ *world, b *browser, u string) view { b.get(u); return b.get(finishPage(u)) }, "result=grant_invalid", ""},
		{"opens the link again after the choice", func(_ *world, b *browser, u string) view {
			b.get(u)
			b.choose(u, "accept")
			return b.get(u)
		}, "result=invalid_interaction&message=invalid+interaction", ""},
		{"has begun another grant since", func(w *world, b *browser, u string) view {
			b.get(u)
			b.get(w.mustAsk(nil).Interact.Redirect)
			b.choose(u, "accept")
			return b.get(finishPage(u))
		}, "result=invalid_interaction&message=invalid+interaction", ""},
		{"comes in another browser", func(_ *world, b *browser, u string) view {
			newBrowser(b.T).choose(u, "accept")
			return b.get(finishPage(u))
		}, "result=invalid_interaction&message=invalid+interaction", ""},
		{"chooses too late", func(w *world, b *browser, u string) view {
			b.get(u)
			w.clock.move(time.Hour)
			return b.choose(u, "accept")
		}, "", "This cannot be answered any more"},
		{"changes the mind", func(_ *world, b *browser, u string) view {
			b.get(u)
			b.choose(u, "reject")
			if p := b.choose(u, "accept"); p.status != 400 || !strings.Contains(p.text, "This cannot be answered any more") {
				b.Errorf("%d %s", p.status, p.text)
			}
			return b.get(finishPage(u))
		}, "result=grant_rejected", ""},
		{"changes the mind when back", func(w *world, b *browser, u string) view {
			_, _ = w.Refuse(u)
			return b.choose(u, "accept")
		}, "", "user_denied"},
		{"chooses something else", func(_ *world, b *browser, u string) view { b.get(u); return b.choose(u, "maybe") }, "", "This link does not work"},
		{"opens a link that is none", func(_ *world, b *browser, u string) view {
			return b.get(strings.Replace(u, "/interact/", "/interact/0", 1))
		}, "", "This link does not work"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, sandbox.Config{})
			p := c.do(w, newBrowser(t), w.mustAsk(nil).Interact.Redirect)
			if c.want != "" && p.header.Get("Location") != finishURI+"&"+c.want {
				t.Errorf("%d %v, want %s", p.status, p.header, c.want)
			}
			if c.want == "" && (p.status < 400 || !strings.Contains(p.text, c.text)) {
				t.Errorf("%d %s, want %s", p.status, p.text, c.text)
			}
		})
	}
}

func TestWhoAsksWithoutAFinishIsToldToGoBack(t *testing.T) {
	w := newWorld(t, sandbox.Config{Wait: -1})
	b := newBrowser(t)
	g := w.mustAsk(func(b m) { delete(b["interact"].(m), "finish") })
	if p := b.get(g.Interact.Redirect); strings.Contains(p.text, "without choosing") {
		t.Error("a link back to nowhere")
	}
	if p := b.get(finishPage(g.Interact.Redirect)); p.status != 401 || !strings.Contains(p.text, "You have not chosen yet") {
		t.Errorf("%d %s", p.status, p.text)
	}
	if p := b.choose(g.Interact.Redirect, "accept"); strings.Contains(p.text, "Taking you back") {
		t.Error("there is no way back")
	}
	if p := b.get(finishPage(g.Interact.Redirect)); p.status != 202 || !strings.Contains(p.text, "go back to A shop") {
		t.Errorf("%d %s", p.status, p.text)
	}
	w.poll(g).is(t, 200, "")
	if p := b.get(g.Interact.Redirect); p.status != 403 || !strings.Contains(p.text, "answered already") {
		t.Errorf("%d %s", p.status, p.text)
	}
}

func TestAProgramGetsJSONInsteadOfAPage(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	a, err := http.Get(w.AuthServer() + "/interact/a/b")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, _ := io.ReadAll(a.Body)
	if a.StatusCode != 400 || !strings.Contains(string(text), `"code":"unknown_interaction"`) {
		t.Errorf("%d %s", a.StatusCode, text)
	}
}
