package sandbox_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestTheBrowserComesBackAsTheFactsSay(t *testing.T) {
	for _, c := range []struct {
		name string
		come func(w *world, consentURL string) (string, error)
		want string // of the query, after x=1
	}{
		{"refused", func(w *world, u string) (string, error) { return w.Refuse(u) }, "result=grant_rejected"},
		{"refused, and allowed then", func(w *world, u string) (string, error) { _, _ = w.Refuse(u); return w.Approve(u) }, "result=invalid_interaction&message=invalid+interaction"},
		{"refused, and the finish page again", func(w *world, u string) (string, error) { _, _ = w.Refuse(u); return w.Reopen(u) }, "result=grant_rejected"},
		{"left early", func(w *world, u string) (string, error) { return w.Leave(u) }, "result=grant_invalid"},
		{"left early, allowed later", func(w *world, u string) (string, error) {
			_, _ = w.Leave(u)
			return w.Refuse(u)
		}, "result=grant_rejected"},
		{"too late", func(w *world, u string) (string, error) { w.clock.move(601 * time.Second); return w.Approve(u) }, "result=invalid_interaction&message=interaction+expired"},
		{"allowed in time, back too late", func(w *world, u string) (string, error) {
			_, _ = w.Approve(u)
			w.clock.move(601 * time.Second)
			return w.Reopen(u)
		}, "result=invalid_interaction&message=interaction+expired"},
		{"started again", func(w *world, u string) (string, error) { _, _ = w.Approve(u); return w.Approve(u) }, "result=invalid_interaction&message=invalid+interaction"},
		{"started after a cancel", func(w *world, u string) (string, error) { _ = w.RevokeGrant(u); return w.Approve(u) }, "result=invalid_interaction&message=invalid+interaction"},
		{"cancelled in between", func(w *world, u string) (string, error) {
			_, _ = w.Approve(u)
			_ = w.RevokeGrant(u)
			return w.Reopen(u)
		}, "result=unknown_interaction&message=unknown+interaction"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, sandbox.Config{})
			finish, err := c.come(w, w.mustAsk(nil).Interact.Redirect)
			if want := finishURI + "&" + c.want; err != nil || finish != want {
				t.Errorf("got %s, %v, want %s", finish, err, want)
			}
		})
	}
}

func TestTheHashIsWrittenAndTakenOverAsConfigured(t *testing.T) {
	for _, c := range []struct {
		name     string
		config   sandbox.Config
		encoding *base64.Encoding
		endpoint func(w *world) string
	}{
		{"by default", sandbox.Config{}, base64.StdEncoding, func(w *world) string { return w.AuthServer() }},
		{"base64url", sandbox.Config{HashEncoding: sandbox.HashBase64URL}, base64.RawURLEncoding, func(w *world) string { return w.AuthServer() }},
		{"with a slash", sandbox.Config{HashEndpoint: sandbox.EndpointOtherSlash}, base64.StdEncoding, func(w *world) string { return w.URL() + "/auth/" }},
		{"published with a slash", sandbox.Config{AuthServerSlash: true}, base64.StdEncoding, func(w *world) string { return w.URL() + "/auth/" }},
		{"without the published slash", sandbox.Config{AuthServerSlash: true, HashEndpoint: sandbox.EndpointOtherSlash}, base64.StdEncoding, func(w *world) string { return w.URL() + "/auth" }},
		{"the origin", sandbox.Config{HashEndpoint: sandbox.EndpointOrigin}, base64.StdEncoding, func(w *world) string { return w.URL() + "/" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.config)
			g := w.mustAsk(nil)
			q := w.approve(g)
			sum := sha256.Sum256([]byte("client-nonce-1\n" + g.Interact.Finish + "\n" + q.Get("interact_ref") + "\n" + c.endpoint(w)))
			if want := c.encoding.EncodeToString(sum[:]); q.Get("hash") != want {
				t.Errorf("hash %s, want %s", q.Get("hash"), want)
			}
		})
	}
}

// The finish URI is JavaScript's URL with searchParams.set; the expectations are
// what Node.js makes of these.
func TestTheFinishURIIsWrittenAgain(t *testing.T) {
	for in, want := range map[string]string{
		"http://localhost:3344":                            "http://localhost:3344/?result=grant_rejected",
		"http://LOCALHOST:3344/Cb":                         "http://localhost:3344/Cb?result=grant_rejected",
		"https://shop.example/cb?a=%20b&flag&c=~*%2A(":     "https://shop.example/cb?a=+b&flag=&c=%7E**%28&result=grant_rejected",
		"https://shop.example/cb?result=x&a=1&result=y#f":  "https://shop.example/cb?result=grant_rejected&a=1#f",
		"https://shop.example/cb?u=https%3A%2F%2Fx%2F%3Fa": "https://shop.example/cb?u=https%3A%2F%2Fx%2F%3Fa&result=grant_rejected",
		"https://shop.example/cb?a=%zz&b=%C3%A9&&c=d=e":    "https://shop.example/cb?a=%25zz&b=%C3%A9&c=d%3De&result=grant_rejected",
		"https://shop.example/caf%C3%A9?":                  "https://shop.example/caf%C3%A9?result=grant_rejected",
		"https://shop.example/cb?a=b+c":                    "https://shop.example/cb?a=b+c&result=grant_rejected",
		"https://shop.example:443":                         "https://shop.example/?result=grant_rejected",
		"https://shop.example/é?ü=1&a=%E2%28&b=%4":         "https://shop.example/%C3%A9?%C3%BC=1&a=%EF%BF%BD%28&b=%254&result=grant_rejected",
		"myapp://done":   "myapp://done?result=grant_rejected",
		"myapp:done":     "myapp:done?result=grant_rejected",
		"myapp://done/x": "myapp://done/x?result=grant_rejected",
	} {
		w := newWorld(t, sandbox.Config{})
		g := w.mustAsk(func(b m) { b["interact"].(m)["finish"].(m)["uri"] = in })
		if finish, err := w.Refuse(g.Interact.Redirect); err != nil || finish != want {
			t.Errorf("%s\n got %s, %v\nwant %s", in, finish, err, want)
		}
	}
}

func TestHashAndReferenceOfTheFinishURIAreReplaced(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	g := w.mustAsk(func(b m) {
		b["interact"].(m)["finish"].(m)["uri"] = "https://shop.example/cb?hash=forged&interact_ref=forged&x=1#top"
	})
	finish, err := w.Approve(g.Interact.Redirect)
	if err != nil {
		t.Fatal(err)
	}
	u, _ := url.Parse(finish)
	q := u.Query()
	if strings.Contains(finish, "forged") || len(q["hash"]) != 1 || len(q["interact_ref"]) != 1 || q.Get("x") != "1" || u.Fragment != "top" {
		t.Errorf("%s", finish)
	}
}

func TestAConsentURLOfAnotherServerIsAnError(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	good := w.mustAsk(nil).Interact.Redirect
	for name, u := range map[string]string{
		"another host":      strings.Replace(good, "127.0.0.1", "127.0.0.2", 1),
		"another nonce":     strings.Replace(good, "?", "0?", 1),
		"no nonce":          w.AuthServer() + "/interact/x",
		"not a consent URL": w.AuthServer(),
	} {
		for _, do := range []func(string) (string, error){w.Approve, w.Refuse, w.Leave, w.Reopen, func(u string) (string, error) { return "", w.RevokeGrant(u) }} {
			if finish, err := do(u); err == nil {
				t.Errorf("%s: %q", name, finish)
			}
		}
	}
	if w.approve(&answer{Interact: &struct{ Redirect, Finish string }{Redirect: good}}).Get("hash") == "" {
		t.Error("the grant was touched")
	}
}
