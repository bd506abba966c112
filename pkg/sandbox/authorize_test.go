package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/httpsig"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestATokenOpensWhatItsGrantAllows(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	bob := p.wallet(sandbox.Wallet{Name: "bob"})
	invoice := p.invoice("1")
	quote := p.quote(invoice.ID, nil)
	toAlice := p.given(m{"type": "incoming-payment", "actions": []any{"create"}, "identifier": p.alice})
	create := func(token, wallet string) *result {
		return p.post(token, "/incoming-payments", m{"walletAddress": wallet})
	}
	for _, c := range []struct {
		name   string
		answer *result
		status int
	}{
		{"its own kind", create(p.token, p.shop), 201},
		{"any wallet address, for it names none", create(p.token, bob), 201},
		{"the wallet address that it names", create(toAlice, p.alice), 201},
		{"another wallet address", create(toAlice, bob), 403},
		{"another kind", create(p.quoteToken, p.shop), 403},
		{"a token for payments as one for quotes", p.post(p.payToken, "/quotes", m{"walletAddress": p.alice, "receiver": invoice.ID, "method": "ilp"}), 403},
		{"an action that was not given", p.read(toAlice, create(toAlice, p.alice).ID), 403},
		{"payments of another wallet address", p.post(p.payToken, "/outgoing-payments", m{"walletAddress": bob, "quoteId": quote.ID}), 403},
		{"the list of another wallet address", p.read(p.payToken, p.at("/outgoing-payments?wallet-address="+bob)), 403},
		{"completing without the right", p.post(toAlice, strings.TrimPrefix(create(toAlice, p.alice).ID, p.ResourceServer())+"/complete", nil), 403},
		{"spent amounts of a grant for quotes", p.read(p.quoteToken, p.at("/outgoing-payment-grant")), 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.answer.status != c.status {
				t.Fatalf("%d %s", c.answer.status, c.answer.text)
			}
			if c.status == 403 {
				c.answer.is(t, 403, "Insufficient Grant")
				if got := c.answer.header.Get("WWW-Authenticate"); got != "GNAP as_uri="+p.AuthServer() {
					t.Errorf("WWW-Authenticate: %s", got)
				}
			}
		})
	}
}

func TestADeadTokenOpensNothing(t *testing.T) {
	w := newWorld(t, sandbox.Config{Wait: -1, Work: -1})
	spent := func(token string) *result { return w.read(token, w.at("/outgoing-payment-grant")) }
	isDead := func(token string) {
		t.Helper()
		r := spent(token)
		r.is(t, 403, "Inactive Token")
		r.answer.is(t, 403, "403")
		if got := r.header.Get("WWW-Authenticate"); got != "GNAP as_uri="+w.AuthServer() {
			t.Errorf("WWW-Authenticate: %s", got)
		}
	}
	isDead("unknown")
	g, token, _ := w.issued()
	spent(token.AccessToken.Value).is(t, 200, "")
	next := w.rotate(token)
	isDead(token.AccessToken.Value)
	spent(next.AccessToken.Value).is(t, 200, "")
	w.clock.move(10*time.Minute + time.Second)
	isDead(next.AccessToken.Value)
	last := w.rotate(next)
	spent(last.AccessToken.Value).is(t, 200, "")
	w.cancel(g)
	isDead(last.AccessToken.Value)
}

func TestATokenIsOfUseOnlyWithItsClientsKey(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	p.wallet(sandbox.Wallet{Name: "thief", PublicName: "A thief", Keys: []sandbox.JWK{sandbox.NewJWK("key-2", jwkKey(anotherKey))}})
	url := p.at("/outgoing-payment-grant")
	for _, c := range []struct {
		name, description string
		edit              func(*request)
	}{
		{"no scheme", "Missing or invalid authorization header value", func(q *request) {
			q.edit = func(r *http.Request) { r.Header.Set("Authorization", p.payToken) }
		}},
		{"another scheme", "Missing or invalid authorization header value", func(q *request) { q.scheme = "Bearer" }},
		{"three parts", "Missing or invalid authorization header value", func(q *request) { q.token += " x" }},
		{"the key of another client", "Signature validation error: could not find key in list of client keys",
			func(q *request) { q.signer = &httpsig.Signer{KeyID: "key-2", Key: anotherKey} }},
		{"another key of this name", "Signature validation error: provided signature is invalid",
			func(q *request) { q.signer = &httpsig.Signer{KeyID: "key-1", Key: anotherKey} }},
		{"keys that cannot be read", "Signature validation error: could not retrieve client keys",
			func(*request) { p.Fail(sandbox.OpKeys, sandbox.Fault{Drop: true}) }},
		{"another token than was signed", "Signature validation error: provided signature is invalid", func(q *request) {
			q.edit = func(r *http.Request) { r.Header.Set("Authorization", "GNAP "+p.quoteToken) }
			q.url, q.method, q.body = p.at("/quotes"), "POST", `{"walletAddress":"`+p.alice+`","receiver":"https://w.example/incoming-payments/1","method":"ilp"}`
		}},
		{"another body than was signed", "Signature validation error: provided signature is invalid", func(q *request) {
			q.url, q.method, q.body = p.at("/outgoing-payments"), "POST", `{"walletAddress":"`+p.alice+`", "quoteId":"https://w.example/quotes/1"}`
		}},
		{"no key id", "Signature validation error: missing keyId in signature input", func(q *request) {
			q.edit = func(r *http.Request) {
				r.Header.Set("Signature-Input", strings.Replace(r.Header.Get("Signature-Input"), `;keyid="key-1"`, "", 1))
			}
		}},
		{"another server's address", "Signature validation error: provided signature is invalid", func(q *request) {
			q.edit = func(r *http.Request) { r.Host = "wallet.example" }
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := request{method: "GET", url: url, token: p.payToken}
			c.edit(&q)
			a := resultOf(p.send(q))
			a.is(t, 401, c.description)
			if hasChallenge := a.header.Get("WWW-Authenticate") != ""; hasChallenge != strings.HasPrefix(c.description, "Missing") {
				t.Errorf("WWW-Authenticate: %v", hasChallenge)
			}
		})
	}
	p.read(p.payToken, url).is(t, 200, "")
}

// read-all and list-all show what other clients made; without them a client sees
// its own.
func TestAClientSeesItsOwnUnlessItWasGivenAll(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	invoice := p.invoice("10")
	quote := p.quote(invoice.ID, nil)
	payment := p.pay(quote)

	rival := &world{T: t, Server: p.Server, clock: p.clock, http: p.http, alice: p.alice, key: anotherKey}
	rival.shop = p.wallet(sandbox.Wallet{Name: "rival", PublicName: "A rival", Keys: []sandbox.JWK{sandbox.NewJWK("key-1", jwkKey(anotherKey))}})
	access := func(kind, wallet string, actions ...any) m {
		return m{"type": kind, "actions": actions, "identifier": wallet}
	}
	own := map[string]string{
		invoice.ID: rival.given(access("incoming-payment", p.shop, "read")),
		quote.ID:   rival.given(m{"type": "quote", "actions": []any{"read"}}),
		payment.ID: rival.given(access("outgoing-payment", p.alice, "read")),
	}
	all := map[string]string{
		invoice.ID: rival.given(access("incoming-payment", p.shop, "read-all")),
		quote.ID:   rival.given(m{"type": "quote", "actions": []any{"read-all"}}),
		payment.ID: rival.given(access("outgoing-payment", p.alice, "read-all")),
	}
	for url, kind := range map[string]string{invoice.ID: "Incoming payment", quote.ID: "Quote", payment.ID: "Outgoing payment"} {
		rival.read(own[url], url).is(t, 404, kind+" does not exist")
		rival.read(all[url], url).is(t, 200, "")
	}
	for path, access := range map[string]m{
		"/incoming-payments?wallet-address=" + p.shop:  access("incoming-payment", p.shop, "list"),
		"/outgoing-payments?wallet-address=" + p.alice: access("outgoing-payment", p.alice, "list"),
	} {
		if mine := rival.read(rival.given(access), p.at(path)); mine.status != 200 || len(mine.Result) != 0 {
			t.Errorf("%s: %s", path, mine.text)
		}
		access["actions"] = []any{"list-all"}
		if everything := rival.read(rival.given(access), p.at(path)); everything.status != 200 || len(everything.Result) != 1 {
			t.Errorf("%s: %s", path, everything.text)
		}
	}
}

func TestWhatIsUnknownIsUnauthorized(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	for path, token := range map[string]string{"/incoming-payments/": p.token, "/quotes/": p.quoteToken, "/outgoing-payments/": p.payToken} {
		r := p.read(token, p.at(path+unknownID))
		r.is(t, 401, "Unauthorized")
		kind := strings.ReplaceAll(strings.Trim(path, "s/"), "-", " ")
		if r.header.Get("WWW-Authenticate") != "" || !strings.Contains(r.text, `"details":{"description":"`+kind+` not found"}`) {
			t.Errorf("%s: %v %s", path, r.header, r.text)
		}
		if r := p.read(token, p.at(path+"x")); r.status != 500 || r.text != "Internal Server Error" {
			t.Errorf("a malformed id: %d %s", r.status, r.text)
		}
	}
	p.post(p.token, "/incoming-payments/"+unknownID+"/complete", nil).is(t, 401, "Unauthorized")
	p.post(p.token, "/incoming-payments", m{"walletAddress": p.URL() + "/nobody"}).is(t, 400, "Could not get wallet address")
	p.post(p.quoteToken, "/quotes", m{"walletAddress": "https://elsewhere.example/x", "receiver": p.invoice("1").ID, "method": "ilp"}).is(t, 400, "Could not get wallet address")
	p.read(p.token, p.at("/incoming-payments?wallet-address="+p.URL()+"/nobody")).is(t, 400, "Could not get wallet address")
}

func TestWhereNoResourceIsThereIsNothing(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	for _, c := range []string{
		"GET ", "GET /", "GET /incoming-payments/", "GET /quotes", "GET /quotes/", "GET /outgoing-payments/x/y", "GET /incoming-payments/x/complete",
		"POST /incoming-payments/x", "POST /outgoing-payments/x/complete", "POST /incoming-payments/x/complete/", "POST /outgoing-payment-grant",
		"DELETE /outgoing-payments/x", "GET /outgoing-payment-grant/", "GET /x",
	} {
		method, path, _ := strings.Cut(c, " ")
		if a := p.send(request{method: method, url: p.at(path), token: p.payToken}); a.status != 404 || a.text != "Not Found" {
			t.Errorf("%s: %d %s", c, a.status, a.text)
		}
	}
}
