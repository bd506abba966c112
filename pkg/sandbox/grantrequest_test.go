package sandbox_test

import (
	"strings"
	"testing"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

// access replaces the access items.
func accessItems(items ...any) func(m) {
	if items == nil {
		items = []any{}
	}
	return func(b m) { b["access_token"] = m{"access": items} }
}

func TestWhatMayBeAskedFor(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	usd := m{"value": "1", "assetCode": "USD", "assetScale": 2}
	limited := func(limits m) func(m) { return accessItems(w.outgoing(limits)) }
	amount := func(value string) func(m) {
		return limited(m{"debitAmount": m{"value": value, "assetCode": "USD", "assetScale": 2}})
	}
	incoming := m{"type": "incoming-payment", "actions": []any{"create", "read"}}
	unknown := w.outgoing(nil)
	unknown["locations"] = []any{"x"}
	without := func(name string) func(m) { return func(b m) { delete(b, name) } }
	client := func(v any) func(m) { return func(b m) { b["client"] = v } }
	interact := func(v any) func(m) { return func(b m) { b["interact"] = v } }

	for _, c := range []struct {
		name   string
		edit   func(m)
		status int
		code   string
	}{
		{"a client as an object", client(m{"walletAddress": w.shop}), 200, ""},
		{"an amount that is negative", amount("-1"), 200, ""},
		{"an amount with a point", amount("1.5"), 200, ""},
		{"an amount that is no number", amount("a lot"), 200, ""},
		{"an interval that is none", limited(m{"interval": "every month"}), 200, ""},
		{"no limits", accessItems(m{"type": "outgoing-payment", "actions": []any{"create"}, "identifier": w.alice}), 200, ""},
		{"no finish", interact(m{"start": []any{"redirect"}}), 200, ""},
		{"three kinds of access", accessItems(w.outgoing(nil), incoming, m{"type": "quote", "actions": []any{"create"}}), 200, ""},
		{"incoming payments alone", accessItems(incoming), 200, ""},
		{"a receiver that is an incoming payment", limited(m{"receiver": "https://x.example/incoming-payments/1"}), 200, ""},

		{"a receiver that is none", limited(m{"receiver": "https://x.example/bob"}), 400, ""},
		{"both amounts", limited(m{"debitAmount": usd, "receiveAmount": usd}), 400, "invalid_request"},
		{"an unknown member in an access item", accessItems(unknown), 500, "request_denied"},
		{"four access items", accessItems(w.outgoing(nil), incoming, m{"type": "quote", "actions": []any{"create"}}, m{"type": "quote", "actions": []any{"read"}}), 400, ""},
		{"an access item twice", accessItems(incoming, incoming), 400, ""},
		{"an unknown type of access", accessItems(m{"type": "everything", "actions": []any{}}), 400, ""},
		{"an unknown action", accessItems(m{"type": "quote", "actions": []any{"list"}}), 400, ""},
		{"an action twice", accessItems(m{"type": "quote", "actions": []any{"read", "read"}}), 400, ""},
		{"outgoing payments of no wallet address", accessItems(m{"type": "outgoing-payment", "actions": []any{"create"}}), 400, ""},
		{"all incoming payments of no wallet address", accessItems(m{"type": "incoming-payment", "actions": []any{"list-all"}}), 400, "invalid_request"},
		{"no access at all", accessItems(), 400, "invalid_request"},
		{"nothing", without("access_token"), 400, ""},
		{"no client", without("client"), 400, ""},
		{"a client that is no URL", client("shop"), 400, ""},
		{"a client that is another thing", client(m{"name": "shop"}), 400, ""},
		{"no interaction for what needs one", without("interact"), 400, "invalid_request"},
		{"another start", interact(m{"start": []any{"app"}}), 400, ""},
		{"a finish without a nonce", interact(m{"start": []any{"redirect"}, "finish": m{"method": "redirect", "uri": finishURI}}), 400, ""},
		{"a finish that is no URL", interact(m{"start": []any{"redirect"}, "finish": m{"method": "redirect", "uri": "/cb", "nonce": "n"}}), 400, ""},
		{"a finish by push", interact(m{"start": []any{"redirect"}, "finish": m{"method": "push", "uri": finishURI, "nonce": "n"}}), 400, ""},
	} {
		t.Run(c.name, func(t *testing.T) { w.ask(c.edit).is(t, c.status, c.code) })
	}
}

func TestAccessThatNeedsNoConsentIsGivenAtOnceEvenIfAnInteractionWasAskedFor(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	for _, kind := range []string{"incoming-payment", "quote"} {
		g := w.mustAsk(accessItems(m{"type": kind, "actions": []any{"create"}}))
		if g.Interact != nil || g.AccessToken == nil || !w.Active(g.AccessToken.Value) || g.Continue.URI == "" {
			t.Errorf("%s: %s", kind, g.text)
		}
	}
}

func TestListingWhatOthersMadeNeedsAConsent(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	g := w.mustAsk(accessItems(m{"type": "incoming-payment", "actions": []any{"list-all"}, "identifier": w.alice}))
	if g.Interact == nil || g.AccessToken != nil {
		t.Errorf("given without a consent: %s", g.text)
	}
}

func TestTheAccessComesBackAsItWasAskedFor(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	_, token, _ := w.issued()
	if want := encode(t, w.outgoing(nil)); len(token.AccessToken.Access) != 1 || string(token.AccessToken.Access[0]) != want {
		t.Errorf("got %s, want %s", token.text, want)
	}
}

func TestASubjectIsProvenInTheContinuation(t *testing.T) {
	w := newWorld(t, sandbox.Config{Wait: -1})
	subject := m{"sub_ids": []any{m{"id": w.alice, "format": "uri"}}}
	for name, edit := range map[string]func(m){
		"instead of access": func(b m) { b["subject"] = subject; delete(b, "access_token") },
		"beside access":     func(b m) { b["subject"] = subject },
		"beside access that needs no consent": func(b m) {
			b["subject"] = subject
			accessItems(m{"type": "quote", "actions": []any{"create"}})(b)
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := w.mustAsk(edit)
			a := w.resume(g, w.approve(g).Get("interact_ref"))
			if a.status != 200 || a.Subject == nil || len(a.Subject.SubIDs) != 1 || a.Subject.SubIDs[0].ID != w.alice || a.Subject.SubIDs[0].Format != "uri" {
				t.Errorf("no subject: %s", a.text)
			}
			if (a.AccessToken != nil) != strings.HasPrefix(name, "beside") {
				t.Errorf("a token or none: %s", a.text)
			}
		})
	}
	w.ask(func(b m) { b["subject"] = subject; delete(b, "access_token"); delete(b, "interact") }).is(t, 400, "")
	w.ask(func(b m) { b["subject"] = m{"sub_ids": []any{}} }).is(t, 400, "")
}

func TestAServerTakesTheFormsOfClientThatItKnows(t *testing.T) {
	for name, c := range map[string]struct {
		form                   sandbox.ClientForm
		text, object, byItself int
	}{
		"the reference implementation": {sandbox.EitherClient, 200, 200, 200},
		"an older release":             {sandbox.StringClient, 200, 400, 400},
		"one without the deprecated":   {sandbox.ObjectClient, 400, 200, 200},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, sandbox.Config{Client: c.form})
			quote := accessItems(m{"type": "quote", "actions": []any{"create"}})
			ask := func(client any) *answer {
				return w.ask(func(b m) { b["client"] = client; quote(b) })
			}
			ask(w.shop).is(t, c.text, "")
			ask(m{"walletAddress": w.shop}).is(t, c.object, "")
			ask(m{"jwk": sandbox.NewJWK("key-1", jwkKey(shopKey))}).is(t, c.byItself, "")
		})
	}
}
