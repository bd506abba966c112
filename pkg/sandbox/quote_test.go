package sandbox_test

import (
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestAQuoteIsForWhatWasAskedOrForAllThatIsLeft(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	open, limited := p.invoice(""), p.invoice("100")
	partly := p.invoice("100")
	p.post(p.payToken, "/outgoing-payments", m{"walletAddress": p.alice, "incomingPayment": partly.ID, "debitAmount": usd("30")}).is(t, 201, "")
	for _, c := range []struct {
		name        string
		receiver    string
		more        m
		value       uint64
		description string // "": 201
	}{
		{"all of it", limited.ID, nil, 100, ""},
		{"what is left", partly.ID, nil, 70, ""},
		{"less, sent", limited.ID, m{"debitAmount": usd("99")}, 99, ""},
		{"less, received", limited.ID, m{"receiveAmount": usd("99")}, 99, ""},
		{"any amount, sent", open.ID, m{"debitAmount": usd("7")}, 7, ""},
		{"any amount, received", open.ID, m{"receiveAmount": usd("7")}, 7, ""},
		{"no amount at all", open.ID, nil, 0, "invalid amount"},
		{"more than is left, sent", partly.ID, m{"debitAmount": usd("71")}, 0, "invalid amount"},
		{"more than is left, received", partly.ID, m{"receiveAmount": usd("71")}, 0, "invalid amount"},
		{"nothing, sent", open.ID, m{"debitAmount": usd("0")}, 0, "invalid amount"},
		{"nothing, received", open.ID, m{"receiveAmount": usd("0")}, 0, "invalid amount"},
		{"another asset, sent", open.ID, m{"debitAmount": m{"value": "1", "assetCode": "EUR", "assetScale": 2}}, 0, "invalid amount"},
		{"another asset, received", open.ID, m{"receiveAmount": m{"value": "1", "assetCode": "USD", "assetScale": 0}}, 0, "invalid amount"},
		{"an incoming payment elsewhere", "https://elsewhere.example/incoming-payments/1", m{"debitAmount": usd("1")}, 0, "invalid receiver"},
		{"an incoming payment that is none", p.at("/incoming-payments/1"), m{"debitAmount": usd("1")}, 0, "invalid receiver"},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := p.quote(c.receiver, c.more)
			if c.description != "" {
				q.is(t, 400, c.description)
				return
			}
			q.is(t, 201, "")
			if q.DebitAmount.Value != c.value || q.ReceiveAmount.Value != c.value || q.Method != "ilp" || q.WalletAddress != p.alice || !q.ExpiresAt.Equal(q.CreatedAt.Add(5*time.Minute)) {
				t.Errorf("%s", q.text)
			}
		})
	}
	p.balances(100_000-30, 100_000+30)
}

func TestAQuoteExpires(t *testing.T) {
	p := newPayer(t, sandbox.Config{QuoteLife: time.Minute}, nil)
	first, second := p.quote(p.invoice("1").ID, nil), p.quote(p.invoice("1").ID, nil)
	p.clock.move(time.Minute - time.Millisecond)
	p.pay(first).is(t, 201, "")
	p.clock.move(time.Millisecond)
	p.pay(second).is(t, 400, "invalid quote")
	p.balances(100_000-1, 100_000+1)
	p.read(p.quoteToken, second.ID).is(t, 200, "")
}

func TestAQuoteIsForOneWalletAddress(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	quote := p.post(p.quoteToken, "/quotes", m{"walletAddress": p.shop, "receiver": p.invoice("1").ID, "method": "ilp"})
	quote.is(t, 201, "")
	p.pay(quote).is(t, 400, "invalid quote")
	p.post(p.payToken, "/outgoing-payments", m{"walletAddress": p.alice, "quoteId": p.at("/quotes/" + unknownID)}).is(t, 404, "unknown quote")
}

// What leaves the payer is rounded up and what arrives is rounded down.
func TestFeesAndRates(t *testing.T) {
	type cost struct{ debit, sent, receive uint64 }
	for _, c := range []struct {
		name     string
		config   sandbox.Config
		code     string // the receiver's asset
		scale    uint8
		more     m
		want     cost
		refusal  int
		describe string
	}{
		{name: "no fee, sent", more: m{"debitAmount": usd("1000")}, want: cost{1000, 1000, 1000}},
		{name: "a fee, sent", config: sandbox.Config{Fee: sandbox.Fee{Fixed: 10, BasisPoints: 250}}, more: m{"debitAmount": usd("1000")}, want: cost{1000, 965, 965}},
		{name: "a fee, received", config: sandbox.Config{Fee: sandbox.Fee{Fixed: 10, BasisPoints: 250}}, more: m{"receiveAmount": usd("1000")}, want: cost{1035, 1000, 1000}},
		{name: "a fee is rounded down", config: sandbox.Config{Fee: sandbox.Fee{BasisPoints: 99}}, more: m{"receiveAmount": usd("101")}, want: cost{101, 101, 101}},
		{name: "a fee that leaves nothing", config: sandbox.Config{Fee: sandbox.Fee{Fixed: 10}}, more: m{"debitAmount": usd("10")}, refusal: 400, describe: "non-positive receive amount"},
		{name: "a fee that is more", config: sandbox.Config{Fee: sandbox.Fee{Fixed: 11}}, more: m{"debitAmount": usd("10")}, refusal: 400, describe: "non-positive receive amount"},
		{name: "a fee that cannot be counted", config: sandbox.Config{Fee: sandbox.Fee{Fixed: 1}}, more: m{"receiveAmount": usd("9223372036854775807")}, refusal: 500},
		{name: "another scale, sent", scale: 4, more: m{"debitAmount": usd("3")}, want: cost{3, 3, 300}},
		{name: "another scale, received", scale: 4, more: m{"receiveAmount": m{"value": "301", "assetCode": "USD", "assetScale": 4}}, want: cost{4, 4, 301}},
		{name: "a coarser scale, sent", scale: 1, more: m{"debitAmount": usd("19")}, want: cost{19, 19, 1}},
		{name: "a coarser scale, nothing arrives", scale: 1, more: m{"debitAmount": usd("9")}, refusal: 400, describe: "non-positive receive amount"},
		{name: "another asset, sent", config: euro(sandbox.Fee{}), code: "EUR", scale: 2, more: m{"debitAmount": usd("108")}, want: cost{108, 108, 100}},
		{name: "another asset, rounded down", config: euro(sandbox.Fee{}), code: "EUR", scale: 2, more: m{"debitAmount": usd("107")}, want: cost{107, 107, 99}},
		{name: "another asset, received", config: euro(sandbox.Fee{}), code: "EUR", scale: 2, more: m{"receiveAmount": m{"value": "100", "assetCode": "EUR", "assetScale": 2}}, want: cost{108, 108, 100}},
		{name: "another asset, rounded up", config: euro(sandbox.Fee{}), code: "EUR", scale: 2, more: m{"receiveAmount": m{"value": "99", "assetCode": "EUR", "assetScale": 2}}, want: cost{107, 107, 99}},
		{name: "another asset and a fee, sent", config: euro(sandbox.Fee{Fixed: 2}), code: "EUR", scale: 2, more: m{"debitAmount": usd("110")}, want: cost{110, 108, 100}},
		{name: "no rate", config: sandbox.Config{Rates: map[string]float64{"USD": 1}}, code: "EUR", scale: 2, more: m{"debitAmount": usd("110")}, refusal: 500},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPayer(t, c.config, m{})
			if c.code == "" {
				c.code = "USD"
			}
			if c.scale == 0 {
				c.scale = 2
			}
			bob := p.wallet(sandbox.Wallet{Name: "bob", AssetCode: c.code, AssetScale: c.scale, Balance: -1})
			invoice := p.post(p.token, "/incoming-payments", m{"walletAddress": bob})
			q := p.quote(invoice.ID, c.more)
			if c.refusal != 0 {
				q.is(t, c.refusal, c.describe)
				return
			}
			q.is(t, 201, "")
			if q.DebitAmount.Value != c.want.debit || q.ReceiveAmount.Value != c.want.receive || q.ReceiveAmount.AssetCode != c.code || q.ReceiveAmount.AssetScale != c.scale {
				t.Errorf("%s, want %+v", q.text, c.want)
			}
			payment := p.pay(q)
			payment.is(t, 201, "")
			if sent := p.read(p.payToken, payment.ID); sent.SentAmount.Value != c.want.sent || sent.Failed {
				t.Errorf("sent %s, want %+v", sent.text, c.want)
			}
			p.balances(100_000-c.want.debit, 100_000)
			if got, err := p.Balance(bob); got != c.want.receive || err != nil {
				t.Errorf("bob has %d, %v", got, err)
			}
		})
	}
}

func euro(fee sandbox.Fee) sandbox.Config {
	return sandbox.Config{Fee: fee, Rates: map[string]float64{"USD": 1, "EUR": 1.08}}
}
