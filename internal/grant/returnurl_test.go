package grant_test

import (
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
)

func TestWhereABrowserMayReturnTo(t *testing.T) {
	list := []string{"https://shop.example/thanks", "com.example.shop://thanks", "com.example.shop:/done", "http://127.0.0.1:3000/cb", "http://127.0.0.1/any",
		"http://[::1]:3000/cb", "http://localhost:3000/cb", "https://shop.example/danke/%C3%A9",
		"http://shop.example/plain", "javascript:alert(1)//x", "myapp://thanks", "https://täst.example/"}
	for raw, code := range map[string]string{
		"com.example.shop://thanks?order=7": "",
		"COM.example.shop://thanks":         "",
		"com.example.shop:/done?a":          "",
		"http://127.0.0.1:3000/cb?x=1":      "",
		"http://[::1]:3000/cb":              "",
		"http://127.0.0.1:3001/any":         "",
		"http://127.0.0.1/any?x=1":          "",
		"https://127.0.0.1:3001/any":        grant.CodeReturnURLNotAllowed,
		"http://localhost:3001/any":         grant.CodeReturnURLNotAllowed,
		"http://127.0.0.1:3001/other":       grant.CodeReturnURLNotAllowed,
		"http://localhost:3000/cb":          "",
		"https://shop.example/danke/é":      "",
		"https://shop.example/danke/%C3%A9": "",
		"com.example.shop://other":          grant.CodeReturnURLNotAllowed,
		"com.example.shop:/thanks":          grant.CodeReturnURLNotAllowed,
		"com.example.other://thanks":        grant.CodeReturnURLNotAllowed,
		"com.example.shop:thanks":           grant.CodeInvalid,
		"http://127.0.0.1:3001/cb":          grant.CodeReturnURLNotAllowed,
		"http://shop.example/plain":         grant.CodeReturnURLNotAllowed, // whatever the list says
		"myapp://thanks":                    grant.CodeReturnURLNotAllowed,
		"javascript:alert(1)//x":            grant.CodeInvalid,
		"javascript://alert(1)//x":          grant.CodeReturnURLNotAllowed,
		"https:///thanks":                   grant.CodeInvalid,
		"//shop.example/thanks":             grant.CodeInvalid,
		"https://täst.example/":             grant.CodeInvalid,
	} {
		l := newLife(t)
		l.ReturnURLs = list
		_, err := l.Request(t.Context(), owner, grant.Request{WalletAddress: alice, ReturnURL: raw, Unlimited: true})
		if code == "" {
			if err != nil {
				t.Errorf("%s: %v", raw, err)
			}
			continue
		}
		if e := wantCode(t, err, code); e.Field != "returnUrl" {
			t.Errorf("%s: field %s", raw, e.Field)
		}
	}
}

func TestTheLocationIsAURL(t *testing.T) {
	for asked, want := range map[string]string{
		shop + "?name=Zoë&x=a b":         shop + "?name=Zo%C3%AB&x=a%20b&status=rejected",
		shop + "?q=\"<>\\^`{|}":          shop + "?q=%22%3C%3E%5C%5E%60%7B%7C%7D&status=rejected",
		shop + "?kept=%e9+%20&a=[1]&b='": shop + "?kept=%e9+%20&a=[1]&b='&status=rejected",
		"https://shop.example/danke/é":   "https://shop.example/danke/%C3%A9?status=rejected",
		"com.example.shop://thanks":      "com.example.shop://thanks?status=rejected",
	} {
		l := newLife(t)
		l.ReturnURLs = []string{shop, "https://shop.example/danke/é", "com.example.shop://thanks"}
		r, err := l.Request(t.Context(), owner, grant.Request{WalletAddress: alice, ReturnURL: asked, Unlimited: true})
		if err != nil {
			t.Fatal(err)
		}
		out, err := l.Finish(t.Context(), r.ID, "result=grant_rejected")
		if err != nil || out.Redirect != want {
			t.Errorf("%s returns to %+v, %v, want %s", asked, out, err, want)
		}
		if strings.ContainsFunc(out.Redirect, func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Errorf("%q is no header", out.Redirect)
		}
	}
}
