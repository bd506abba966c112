package opclient

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestEveryKindOfGrantRequestHasItsBody(t *testing.T) {
	const client = `"client":{"walletAddress":"https://shop.example/.well-known/pay"}}`
	for name, c := range map[string]struct {
		r    GrantRequest
		want string
	}{
		"a receive amount": {
			GrantRequest{Access: []Access{{Type: TypeOutgoingPayment, Actions: []string{"list-all"}, Identifier: "https://w.example/a", Limits: &Limits{
				Receiver: "https://w.example/incoming-payments/1", ReceiveAmount: &Amount{"5", "JPY", 0}}}}},
			`{"access_token":{"access":[{"type":"outgoing-payment","actions":["list-all"],"identifier":"https://w.example/a",` +
				`"limits":{"receiver":"https://w.example/incoming-payments/1","receiveAmount":{"value":"5","assetCode":"JPY","assetScale":0}}}]},` + client,
		},
		"no limits and a quote beside": {
			GrantRequest{Access: []Access{{Type: TypeOutgoingPayment, Actions: []string{"create"}, Identifier: "https://w.example/a"},
				{Type: TypeQuote, Actions: []string{"create", "read"}}}},
			`{"access_token":{"access":[{"type":"outgoing-payment","actions":["create"],"identifier":"https://w.example/a"},` +
				`{"type":"quote","actions":["create","read"]}]},` + client,
		},
		"an incoming payment": {
			GrantRequest{Access: []Access{{Type: TypeIncomingPayment, Actions: []string{"create", "complete"}}}},
			`{"access_token":{"access":[{"type":"incoming-payment","actions":["create","complete"]}]},` + client,
		},
		"an interaction without a finish": {
			GrantRequest{Access: []Access{{Type: TypeQuote, Actions: []string{"create"}}}, Interact: true},
			`{"access_token":{"access":[{"type":"quote","actions":["create"]}]},"interact":{"start":["redirect"]},` + client,
		},
		"a subject": {
			GrantRequest{Subject: "https://w.example/a"},
			`{"subject":{"sub_ids":[{"id":"https://w.example/a","format":"uri"}]},"interact":{"start":["redirect"]},` + client,
		},
		"a subject with a finish": {
			GrantRequest{Subject: "https://w.example/a", Finish: &Finish{"https://shop.example/f", "n"}},
			`{"subject":{"sub_ids":[{"id":"https://w.example/a","format":"uri"}]},` +
				`"interact":{"start":["redirect"],"finish":{"method":"redirect","uri":"https://shop.example/f","nonce":"n"}},` + client,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, answer(200, pendingAnswer))
			if _, err := newClient(t).RequestGrant(context.Background(), s.URL, c.r); err != nil {
				t.Fatal(err)
			}
			if got := string(s.only(t).body); got != c.want {
				t.Errorf("the body is\n%s\nwant\n%s", got, c.want)
			}
			verify(t, s.only(t))
		})
	}
}

func TestAGrantWithoutInteractionHasItsTokenAtOnce(t *testing.T) {
	s := newServer(t, answer(200, grantedAnswer))
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c := newClient(t, func(c *Config) { c.Now = func() time.Time { return start } })
	g, err := c.RequestGrant(context.Background(), s.URL, outgoing())
	if err != nil {
		t.Fatal(err)
	}
	token := g.Token
	if g.Interact != nil || token == nil || token.Value != "TOKEN" || token.Manage != s.URL+"/token/1" ||
		!token.ExpiresAt.Equal(start.Add(10*time.Minute)) || len(token.Access) != 1 || token.Access[0].Actions[1] != "read" {
		t.Errorf("got %+v", g)
	}
	if want := (Continue{s.URL + "/continue/1", "CONT", 0}); g.Continue != want {
		t.Errorf("continue: %#v", g.Continue)
	}
}

func TestARequestThatMakesNoSenseIsNotSent(t *testing.T) {
	access := func(a ...Access) GrantRequest { return GrantRequest{Access: a} }
	limits := func(l Limits) GrantRequest {
		return access(Access{Type: TypeOutgoingPayment, Actions: []string{"create"}, Identifier: "https://w.example/a", Limits: &l})
	}
	finish := func(uri, nonce string) GrantRequest {
		return GrantRequest{Subject: "https://w.example/a", Finish: &Finish{uri, Secret(nonce)}}
	}
	quote := Access{Type: TypeQuote, Actions: []string{"create"}}
	usd := &Amount{"1", "USD", 2}
	for name, c := range map[string]struct {
		r          GrantRequest
		field, why string
	}{
		"nothing":                      {GrantRequest{}, "access", "ask for"},
		"four items":                   {access(quote, Access{Type: TypeIncomingPayment, Actions: []string{"read"}}, Access{Type: TypeIncomingPayment, Actions: []string{"list"}}, Access{Type: TypeQuote, Actions: []string{"read"}}), "access", "at most 3"},
		"an item twice":                {access(quote, quote), "access[1]", "twice"},
		"an unknown type":              {access(Access{Type: "outgoing", Actions: []string{"read"}}), "access[0].type", "outgoing-payment"},
		"no action":                    {access(Access{Type: TypeQuote}), "access[0].actions", "at least one"},
		"an action of another type":    {access(Access{Type: TypeOutgoingPayment, Actions: []string{"complete"}, Identifier: "https://w.example/a"}), "access[0].actions", "no action of outgoing-payment"},
		"listing quotes":               {access(Access{Type: TypeQuote, Actions: []string{"list"}}), "access[0].actions", "no action of quote"},
		"an action twice":              {access(Access{Type: TypeQuote, Actions: []string{"read", "read"}}), "access[0].actions", "twice"},
		"limits on a quote":            {access(Access{Type: TypeQuote, Actions: []string{"read"}, Limits: &Limits{}}), "access[0].limits", "only an outgoing payment"},
		"limits on incoming":           {access(Access{Type: TypeIncomingPayment, Actions: []string{"read"}, Limits: &Limits{}}), "access[0].limits", "only an outgoing payment"},
		"a quote with identifier":      {access(Access{Type: TypeQuote, Actions: []string{"read"}, Identifier: "https://w.example/a"}), "access[0].identifier", "leave it out"},
		"outgoing without one":         {access(Access{Type: TypeOutgoingPayment, Actions: []string{"read"}}), "access[0].identifier", "wallet address"},
		"an identifier that is no URL": {access(Access{Type: TypeOutgoingPayment, Actions: []string{"read"}, Identifier: "$w.example/a"}), "access[0].identifier", "absolute URL"},

		"both amounts":               {limits(Limits{DebitAmount: usd, ReceiveAmount: usd}), "limits.receiveAmount", "only one"},
		"a bad debit":                {limits(Limits{DebitAmount: &Amount{"1.30", "USD", 2}}), "limits.debitAmount.value", "130"},
		"a bad receive":              {limits(Limits{ReceiveAmount: &Amount{"-1", "USD", 2}}), "limits.receiveAmount.value", "digits"},
		"limits of an answer":        {limits(Limits{Extra: map[string]json.RawMessage{"maxCount": json.RawMessage("3")}}), "limits", "without Extra"},
		"a reference of an answer":   {access(Access{Reference: "dolphin"}), "access[0]", "without Reference"},
		"an item of an answer":       {access(Access{Type: TypeQuote, Actions: []string{"read"}, Extra: map[string]json.RawMessage{"x": json.RawMessage("3")}}), "access[0]", "without Reference and Extra"},
		"a good debit, bad interval": {limits(Limits{DebitAmount: usd, Interval: "every month"}), "limits.interval", "R/2025"},
		"a good receive, bad one":    {limits(Limits{ReceiveAmount: usd, Interval: "every month"}), "limits.interval", "R/2025"},
		"no asset":                   {limits(Limits{DebitAmount: &Amount{"1", "", 2}}), "limits.debitAmount.assetCode", "USD"},
		"an asset that is no UTF-8":  {limits(Limits{DebitAmount: &Amount{"1", "\xed\xa0\x80", 2}}), "limits.debitAmount.assetCode", "USD"},
		"a wallet as receiver":       {limits(Limits{Receiver: "https://w.example/bob"}), "limits.receiver", "incoming-payments"},
		"a receiver without its id":  {limits(Limits{Receiver: "https://w.example/incoming-payments/"}), "limits.receiver", "incoming-payments"},
		"a receiver without a host":  {limits(Limits{Receiver: "https:///incoming-payments/1"}), "limits.receiver", "absolute URL"},
		"a receiver by ftp":          {limits(Limits{Receiver: "ftp://w.example/incoming-payments/1"}), "limits.receiver", "absolute URL"},
		"a receiver with line break": {limits(Limits{Receiver: "https://w.example/incoming-payments/1\n"}), "limits.receiver", "absolute URL"},
		"a receiver with é":          {limits(Limits{Receiver: "https://w.example/incoming-payments/é"}), "limits.receiver", "percent-encode"},
		"a receiver with password":   {limits(Limits{Receiver: "https://u:p@w.example/incoming-payments/1"}), "limits.receiver", "password"},
		"a bad interval":             {limits(Limits{Interval: "every month"}), "limits.interval", "R/2025"},

		"a subject that is no URL": {GrantRequest{Subject: "alice"}, "subject", "absolute URL"},
		"a finish that is no URL":  {finish("/back", "n"), "finish.uri", "absolute URL"},
		"a nonce of two lines":     {finish("https://shop.example/", "a\nb"), "finish.nonce", "one line"},
		"a nonce that is no UTF-8": {finish("https://shop.example/", "\xff"), "finish.nonce", "random"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, answer(200, pendingAnswer))
			_, err := newClient(t).RequestGrant(context.Background(), s.URL, c.r)
			invalid, ok := errors.AsType[*InvalidError](err)
			if !ok || invalid.Field != c.field || !strings.Contains(invalid.Reason, c.why) {
				t.Errorf("got %v, want %s: … %s", err, c.field, c.why)
			}
			if n := len(s.requests()); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

func TestAClientWithoutAKeyCannotAskForAGrant(t *testing.T) {
	s := newServer(t, answer(200, pendingAnswer))
	c, err := New(Config{InsecureAllowLocal: true})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.RequestGrant(context.Background(), s.URL, outgoing())
	if invalid, ok := errors.AsType[*InvalidError](err); !ok || invalid.Field != "key" || !errors.Is(err, ErrNotSent) {
		t.Errorf("got %v", err)
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestEachRequestHasANonceOfItsOwnAndTheTagOfGNAP(t *testing.T) {
	s := newServer(t, answer(200, pendingAnswer))
	c := newClient(t)
	nonces := map[string]bool{}
	for range 3 {
		if _, err := c.RequestGrant(context.Background(), s.URL, outgoing()); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range s.requests() {
		result := verify(t, r)
		nonces[result.Nonce] = true
		if result.Tag != "gnap" || result.KeyID != "key-1" || result.Nonce == "" {
			t.Errorf("tag %q, keyid %q, nonce %q", result.Tag, result.KeyID, result.Nonce)
		}
		if r.Header.Get("Idempotency-Key") != "" || r.Header.Get("Authorization") != "" {
			t.Error("a grant request carries neither Idempotency-Key nor Authorization")
		}
	}
	if len(nonces) != 3 {
		t.Errorf("%d nonces for 3 requests", len(nonces))
	}
}
