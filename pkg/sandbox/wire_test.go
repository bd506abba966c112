package sandbox_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/httpsig"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// What the resource server cannot store or look up is a 500 in plain text.
func TestWhatTheDatabaseCannotHoldIsAnErrorInPlainText(t *testing.T) {
	const tooMuch = "9223372036854775808" // 2^63
	p := newPayer(t, sandbox.Config{}, m{})
	open := p.invoice("")
	quote := p.quote(open.ID, m{"debitAmount": usd("1")})
	for name, r := range map[string]*result{
		"incomingAmount":          p.post(p.token, "/incoming-payments", m{"walletAddress": p.shop, "incomingAmount": usd(tooMuch)}),
		"debitAmount":             p.quote(open.ID, m{"debitAmount": usd(tooMuch)}),
		"receiveAmount":           p.quote(open.ID, m{"receiveAmount": usd(tooMuch)}),
		"a payment's debitAmount": p.post(p.payToken, "/outgoing-payments", m{"walletAddress": p.alice, "incomingPayment": open.ID, "debitAmount": usd(tooMuch)}),
		"NUL in metadata":         p.post(p.token, "/incoming-payments", m{"walletAddress": p.shop, "metadata": m{"a": []any{"\x00"}}}),
		"NUL in a name":           p.post(p.payToken, "/outgoing-payments", m{"walletAddress": p.alice, "quoteId": quote.ID, "metadata": m{"a": m{"\x00": 1}}}),
		"a malformed quote id":    p.post(p.payToken, "/outgoing-payments", m{"walletAddress": p.alice, "quoteId": p.at("/quotes/1")}),
	} {
		if r.status != 500 || r.text != "Internal Server Error" || !strings.HasPrefix(r.header.Get("Content-Type"), "text/plain") {
			t.Errorf("%s: %d %s", name, r.status, r.text)
		}
	}
	p.post(p.token, "/incoming-payments", m{"walletAddress": p.shop, "metadata": m{"a": `\u0000`}}).is(t, 201, "")
	p.post(p.token, "/incoming-payments", m{"walletAddress": p.shop, "incomingAmount": usd("9223372036854775807")}).is(t, 201, "")
	p.pay(quote).is(t, 201, "")
}

// 401 "Invalid Token" says nothing about the token.
func TestATokenIsInvalidWhileItsAuthorizationServerCannotBeAsked(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	p.Fail(sandbox.OpIntrospect, sandbox.Fault{Drop: true})
	url := p.at("/outgoing-payment-grant")
	r := p.read(p.payToken, url)
	r.is(t, 401, "Invalid Token")
	if got := r.header.Get("WWW-Authenticate"); got != "GNAP as_uri="+p.AuthServer() {
		t.Errorf("WWW-Authenticate: %s", got)
	}
	p.read(p.payToken, url).is(t, 200, "")
}

func TestTheTokenIsLookedUpBeforeTheSignature(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	bad := &httpsig.Signer{KeyID: "key-1", Key: anotherKey}
	send := func(token string) *result {
		return resultOf(p.send(request{method: "GET", url: p.at("/outgoing-payment-grant"), token: token, signer: bad}))
	}
	send("dead").is(t, 403, "Inactive Token")
	send(p.payToken).is(t, 401, "Signature validation error: provided signature is invalid")
}

func TestAnAmountThatIsTooSmallSaysHowMuchIsEnough(t *testing.T) {
	p := newPayer(t, sandbox.Config{Fee: sandbox.Fee{Fixed: 100, BasisPoints: 200}}, nil)
	r := p.quote(p.invoice("").ID, m{"debitAmount": usd("50")})
	r.is(t, 400, "non-positive receive amount")
	if !strings.Contains(r.text, `"details":{"minSendAmount":{"value":"101","assetCode":"USD","assetScale":2}}`) {
		t.Errorf("%s", r.text)
	}
}

// Only JSON is served, to browsers as well.
func TestWhoDoesNotAcceptJSONGetsNothing(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	consent := w.mustAsk(nil).Interact.Redirect
	for accept, want := range map[string]int{
		"": 200, "*/*": 200, "application/json": 200, "text/html, application/*;q=0.5": 200, "text/html,application/xml;q=0.9,*/*;q=0.8": 200,
		"text/html": 406, "text/html,application/xhtml+xml": 406, "application/json;q=0": 406,
	} {
		for _, url := range []string{w.alice, consent} {
			r, err := http.NewRequest(http.MethodGet, url, nil)
			if err != nil {
				t.Fatal(err)
			}
			if accept != "" {
				r.Header.Set("Accept", accept)
			}
			a, err := w.http.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			a.Body.Close()
			if a.StatusCode != want {
				t.Errorf("%s with Accept %q: %d, want %d", url, accept, a.StatusCode, want)
			}
		}
	}
}

func TestWhatNeedsTheUser(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	for _, c := range []struct {
		kind, action string
		asks         bool
	}{
		{"outgoing-payment", "create", true}, {"outgoing-payment", "read", true},
		{"incoming-payment", "create", false}, {"incoming-payment", "read", false}, {"incoming-payment", "list", false}, {"incoming-payment", "complete", false},
		{"incoming-payment", "read-all", true}, {"incoming-payment", "list-all", true},
		{"quote", "create", false}, {"quote", "read", false}, {"quote", "read-all", false},
	} {
		a := w.mustAsk(accessItems(m{"type": c.kind, "actions": []any{c.action}, "identifier": w.alice}))
		if (a.Interact != nil) != c.asks || (a.AccessToken == nil) != c.asks {
			t.Errorf("%s %s: %s", c.kind, c.action, a.text)
		}
	}
}

// The keys of a client elsewhere are asked for three times.
func TestAForeignKeySetIsAskedForThreeTimes(t *testing.T) {
	t.Parallel()
	var reads atomic.Int32
	foreign := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reads.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer foreign.Close()
	w := newWorld(t, sandbox.Config{ForeignClients: http.DefaultClient})
	begun := time.Now()
	w.ask(func(body m) { body["client"] = foreign.URL + "/client" }).is(t, 400, "invalid_client")
	if n := reads.Load(); n != 3 || time.Since(begun) < 600*time.Millisecond {
		t.Errorf("%d reads in %s", n, time.Since(begun))
	}
}

// The list has the payments of a client whatever grant they were made under, and each
// has its quoteId.
func TestTheListHasThePaymentsOfAllGrantsOfAClient(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	first := p.buy("1")
	p.clock.move(time.Second)
	p.payToken = p.consented(nil)
	second := p.buy("2")
	r := p.read(p.consented(nil), p.at("/outgoing-payments?wallet-address="+p.alice))
	if len(r.Result) != 2 || r.Result[0].ID != second.ID || r.Result[1].ID != first.ID ||
		!strings.Contains(r.text, `"quoteId":"`+first.QuoteID+`"`) || !strings.Contains(r.text, `"quoteId":"`+second.QuoteID+`"`) {
		t.Errorf("%s", r.text)
	}
}

// The quote's UUID is the payment's.
func TestAPaymentHasTheIdOfItsQuote(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	quote := p.quote(p.invoice("1").ID, nil)
	url := strings.Replace(quote.ID, "/quotes/", "/outgoing-payments/", 1)
	p.read(p.payToken, url).is(t, 401, "Unauthorized")
	if r := p.pay(quote); r.ID != url {
		t.Errorf("%s, want %s", r.ID, url)
	}
	p.read(p.payToken, url).is(t, 200, "")
}

func TestAPaymentWhoseQuoteExpiresBeforeItIsFundedFails(t *testing.T) {
	p := newPayer(t, sandbox.Config{SendTime: time.Minute, QuoteLife: 30 * time.Second}, nil)
	payment := p.buy("100")
	p.clock.move(time.Minute)
	if r := p.read(p.payToken, payment.ID); !r.Failed || r.SentAmount.Value != 0 {
		t.Errorf("%s", r.text)
	}
	p.balances(100_000, 100_000)
}
