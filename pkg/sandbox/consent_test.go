package sandbox_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

// askAs opens a wallet that answers in this way, and asks for its user's consent.
func (w *world) askAs(c sandbox.Consent) *answer {
	w.Helper()
	bob := w.wallet(sandbox.Wallet{Name: "bob", PublicName: "Bob", Consent: c})
	return w.mustAsk(func(body m) {
		body["access_token"].(m)["access"].([]any)[0].(m)["identifier"] = bob
	})
}

// open opens a consent link as a browser that has no person in front of it.
func open(t *testing.T, link string) *url.URL {
	t.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	a, err := client.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	_ = a.Body.Close()
	if a.StatusCode != http.StatusFound {
		t.Fatalf("the link answers %d", a.StatusCode)
	}
	to, err := a.Location()
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func TestAWalletCanDecideByItself(t *testing.T) {
	for _, c := range []struct {
		consent sandbox.Consent
		result  string
	}{
		{sandbox.Approves, ""},
		{sandbox.Revokes, ""},
		{sandbox.Refuses, "grant_rejected"},
		{sandbox.Leaves, "grant_invalid"},
	} {
		t.Run(string(c.consent), func(t *testing.T) {
			w := newWorld(t, sandbox.Config{Wait: -1, Work: -1})
			g := w.askAs(c.consent)
			back := open(t, g.Interact.Redirect).Query()
			if back.Get("result") != c.result || back.Has("hash") != (c.result == "") {
				t.Fatalf("the browser comes back with %v", back)
			}
			if c.result != "" {
				w.resume(g, "guessed").is(t, 404, "invalid_continuation")
				return
			}
			token := w.resume(g, back.Get("interact_ref"))
			token.is(t, 200, "")
			if live := w.Active(token.AccessToken.Value); live != (c.consent == sandbox.Approves) {
				t.Errorf("the token is alive: %t", live)
			}
			if c.consent == sandbox.Revokes {
				w.rotate(token).is(t, 401, "invalid_client")
			}
		})
	}
}

func TestAWalletThatApprovesStillHasTenMinutes(t *testing.T) {
	w := newWorld(t, sandbox.Config{Wait: -1})
	g := w.askAs(sandbox.Approves)
	w.clock.move(601e9)
	if back := open(t, g.Interact.Redirect).Query(); back.Get("result") != "invalid_interaction" || back.Has("hash") {
		t.Errorf("the browser comes back with %v", back)
	}
}

func TestAWalletCanAnswerNonsense(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	bob := w.wallet(sandbox.Wallet{Name: "bob", PublicName: "Bob", Consent: sandbox.Nonsense})
	a := w.ask(func(body m) {
		body["access_token"].(m)["access"].([]any)[0].(m)["identifier"] = bob
	})
	if a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/html") {
		t.Errorf("%d %v", a.status, a.header)
	}
	if w.Stats().Grants != 0 {
		t.Error("it keeps a grant")
	}
}

func TestAConsentThatDoesNotExistIsRefused(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	if _, err := w.AddWallet(sandbox.Wallet{Name: "bob", Consent: "hesitates"}); err == nil {
		t.Error("it was taken")
	}
}

func TestTheGrantsAreListedAsTheWalletSeesThem(t *testing.T) {
	w := newWorld(t, sandbox.Config{Wait: -1, Work: -1})
	g := w.mustAsk(nil)
	_, _, _ = w.issued()
	states := []string{}
	for _, g := range w.Grants() {
		states = append(states, g.State)
		if g.Client != w.shop || g.User != w.alice {
			t.Errorf("%+v", g)
		}
	}
	if strings.Join(states, " ") != "pending issued" || w.Grants()[0].ConsentURL != g.Interact.Redirect {
		t.Errorf("%v", w.Grants())
	}
}
