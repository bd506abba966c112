package sandbox_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

// A result is what the resource server answers.
type result struct {
	*answer
	ID, WalletAddress, QuoteID, Receiver, AuthServer, Method string
	Completed, Failed                                        bool
	IncomingAmount, ReceivedAmount                           *sandbox.Amount
	DebitAmount, ReceiveAmount, SentAmount                   *sandbox.Amount
	GrantSpentDebitAmount, GrantSpentReceiveAmount           *sandbox.Amount
	SpentDebitAmount, SpentReceiveAmount                     *sandbox.Amount
	CreatedAt, ExpiresAt                                     time.Time
	Metadata                                                 json.RawMessage
	Methods                                                  []struct{ Type, ILPAddress, SharedSecret string }
	Pagination                                               struct {
		StartCursor, EndCursor       string
		HasNextPage, HasPreviousPage bool
	}
	Result []struct{ ID string }
}

func (r *result) is(t *testing.T, status int, description string) {
	t.Helper()
	if r.status != status || r.Error.Description != description {
		t.Errorf("got %d %s, want %d %q", r.status, r.text, status, description)
	}
}

func resultOf(a *answer) *result {
	r := &result{answer: a}
	_ = json.Unmarshal([]byte(a.text), r)
	return r
}

// A payer is a world in which a shop has been given tokens.
type payer struct {
	*world
	token, quoteToken, payToken string // incoming payments at any wallet, quotes, alice's payments
}

// unknownID is the id of nothing.
const unknownID = "11111111-1111-4111-8111-111111111111"

var usd = func(value string) m { return m{"value": value, "assetCode": "USD", "assetScale": 2} }

// newPayer lets the shop spend what the limits say; nil: 5.00 USD.
func newPayer(t *testing.T, c sandbox.Config, limits m) *payer {
	t.Helper()
	c.Work, c.Wait = -1, -1
	if c.SendTime == 0 {
		c.SendTime = -1
	}
	p := &payer{world: newWorld(t, c)}
	p.token = p.given(m{"type": "incoming-payment", "actions": []any{"create", "complete", "read", "list"}})
	p.quoteToken = p.given(m{"type": "quote", "actions": []any{"create", "read"}})
	p.payToken = p.consented(limits)
	return p
}

// given asks for access, and lets alice consent where that is needed.
func (w *world) given(items ...any) string {
	w.Helper()
	g := w.mustAsk(accessItems(items...))
	if g.AccessToken != nil {
		return g.AccessToken.Value
	}
	token := w.resume(g, w.approve(g).Get("interact_ref"))
	if token.status != 200 {
		w.Fatalf("the continue: %d %s", token.status, token.text)
	}
	return token.AccessToken.Value
}

// consented is a token for alice's payments within limits; nil: 5.00 USD.
func (w *world) consented(limits m) string {
	w.Helper()
	access := w.outgoing(limits)
	access["actions"] = []any{"create", "read", "list"}
	return w.given(access)
}

func (w *world) at(path string) string { return w.ResourceServer() + path }

func (w *world) post(token, path string, body m) *result {
	w.Helper()
	text := ""
	if body != nil {
		text = encode(w.T, body)
	}
	return resultOf(w.send(request{method: "POST", url: w.at(path), token: token, body: text}))
}

func (w *world) read(token, url string) *result {
	w.Helper()
	return resultOf(w.send(request{method: "GET", url: url, token: token}))
}

// invoice makes an incoming payment at the shop; "": of any amount.
func (p *payer) invoice(value string) *result {
	p.Helper()
	body := m{"walletAddress": p.shop}
	if value != "" {
		body["incomingAmount"] = usd(value)
	}
	r := p.post(p.token, "/incoming-payments", body)
	r.is(p.T, 201, "")
	return r
}

func (p *payer) quote(receiver string, more m) *result {
	p.Helper()
	body := m{"walletAddress": p.alice, "receiver": receiver, "method": "ilp"}
	for name, value := range more {
		body[name] = value
	}
	return p.post(p.quoteToken, "/quotes", body)
}

func (p *payer) pay(quote *result) *result {
	p.Helper()
	return p.post(p.payToken, "/outgoing-payments", m{"walletAddress": p.alice, "quoteId": quote.ID})
}

// buy pays an invoice of its own from a quote.
func (p *payer) buy(value string) *result {
	p.Helper()
	q := p.quote(p.invoice(value).ID, nil)
	q.is(p.T, 201, "")
	return p.pay(q)
}

func (p *payer) balances(alice, shop uint64) {
	p.Helper()
	for address, want := range map[string]uint64{p.alice: alice, p.shop: shop} {
		if got, err := p.Balance(address); got != want || err != nil {
			p.Errorf("%s has %d (%v), want %d", address, got, err, want)
		}
	}
}

func TestAPaymentMovesMoney(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	p.balances(100_000, 100_000)
	invoice := p.invoice("130")
	quote := p.quote(invoice.ID, nil)
	quote.is(t, 201, "")
	if *quote.DebitAmount != (sandbox.Amount{Value: 130, AssetCode: "USD", AssetScale: 2}) || *quote.ReceiveAmount != *quote.DebitAmount || quote.Receiver != invoice.ID {
		t.Errorf("%s", quote.text)
	}
	if again := p.read(p.quoteToken, quote.ID); again.text != quote.text {
		t.Errorf("%s", again.text)
	}
	payment := p.pay(quote)
	payment.is(t, 201, "")
	// It was only created: it must be read to see that it was sent.
	if payment.SentAmount.Value != 0 || payment.Failed || payment.QuoteID != quote.ID {
		t.Errorf("%s", payment.text)
	}
	p.balances(100_000-130, 100_000+130)
	if sent := p.read(p.payToken, payment.ID); sent.status != 200 || *sent.SentAmount != *quote.DebitAmount || sent.Failed {
		t.Errorf("%d %s", sent.status, sent.text)
	}
	if paid := p.read(p.token, invoice.ID); paid.status != 200 || paid.ReceivedAmount.Value != 130 || !paid.Completed || len(paid.Methods) != 0 {
		t.Errorf("%d %s", paid.status, paid.text)
	}
}

func TestAQuotePaysOnce(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	quote := p.quote(p.invoice("").ID, m{"debitAmount": usd("100")})
	p.pay(quote).is(t, 201, "")
	again := p.pay(quote)
	again.is(t, 400, "invalid quote")
	again.answer.is(t, 400, "400")
	p.balances(100_000-100, 100_000+100)
}

func TestAnIncomingPaymentWithADebitAmountIsPaidAsOftenAsAsked(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	invoice := p.invoice("")
	for range 2 {
		r := p.post(p.payToken, "/outgoing-payments", m{"walletAddress": p.alice, "incomingPayment": invoice.ID, "debitAmount": usd("100")})
		r.is(t, 201, "")
		if !strings.HasPrefix(r.QuoteID, p.at("/quotes/")) {
			t.Errorf("%s", r.text)
		}
	}
	p.balances(100_000-200, 100_000+200)
}

func TestTheLogSaysWhyAPaymentWasRefusedAndHoldsNoSecret(t *testing.T) {
	var log bytes.Buffer
	p := newPayer(t, sandbox.Config{Log: slog.New(slog.NewJSONHandler(&log, nil))}, nil)
	quote := p.quote(p.invoice("100").ID, nil)
	p.pay(quote)
	p.pay(quote)
	p.buy("401")
	p.read(p.token, p.at("/outgoing-payment-grant"))
	p.read("dead", p.at("/outgoing-payments?wallet-address="+p.alice))
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	for _, reason := range []string{
		`"op":"create-outgoing-payment","method":"POST"}`, "an outgoing payment was made from it before", "more than the grant allows: 100 of it was spent",
		"no outgoing-payment access with the action create", "the access token has expired, was rotated or revoked, or is unknown",
	} {
		if !strings.Contains(log.String(), reason) {
			t.Errorf("the log lacks %q: %s", reason, log.String())
		}
	}
	for _, secret := range append(p.Secrets(), p.token, p.quoteToken, p.payToken) {
		if secret != "dead" && strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}
