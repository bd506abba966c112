package sandbox_test

import (
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestAPaymentWithoutMoneyFailsAndUsesItsQuoteUp(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, m{"debitAmount": usd("1000000")})
	quote := p.quote(p.invoice("100001").ID, nil)
	payment := p.pay(quote)
	payment.is(t, 201, "") // nobody looked yet
	if payment.Failed {
		t.Errorf("%s", payment.text)
	}
	if r := p.read(p.payToken, payment.ID); !r.Failed || r.SentAmount.Value != 0 || r.DebitAmount.Value != 100_001 {
		t.Errorf("%s", r.text)
	}
	p.pay(quote).is(t, 400, "invalid quote")
	p.balances(100_000, 100_000)
	if r := p.read(p.payToken, p.at("/outgoing-payment-grant")); r.SpentDebitAmount == nil || r.SpentDebitAmount.Value != 0 {
		t.Errorf("a failed payment was counted: %s", r.text)
	}
	p.buy("100000").is(t, 201, "")
	p.balances(0, 200_000)
}

func TestTwoPaymentsIntoOneIncomingPaymentBothSayThatTheySentAll(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, m{})
	invoice := p.invoice("100")
	first, second := p.quote(invoice.ID, m{"debitAmount": usd("60")}), p.quote(invoice.ID, m{"debitAmount": usd("60")})
	p.pay(first).is(t, 201, "")
	late := p.pay(second)
	late.is(t, 201, "")
	if r := p.read(p.payToken, late.ID); r.Failed || r.SentAmount.Value != 60 {
		t.Errorf("%s", r.text)
	}
	if r := p.read(p.token, invoice.ID); r.ReceivedAmount.Value != 100 || !r.Completed {
		t.Errorf("%s", r.text)
	}
	p.balances(100_000-120, 100_000+100)
}

func TestAPaymentToOneselfChangesNothing(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	mine := p.post(p.token, "/incoming-payments", m{"walletAddress": p.alice, "incomingAmount": usd("100")})
	p.pay(p.quote(mine.ID, nil)).is(t, 201, "")
	p.balances(100_000, 100_000)
	if r := p.read(p.token, mine.ID); r.ReceivedAmount.Value != 100 || !r.Completed {
		t.Errorf("%s", r.text)
	}
}

func TestWhatCannotBeCountedIsNotPaid(t *testing.T) {
	const half = "9223372036854775807" // of what can be counted
	p := newPayer(t, sandbox.Config{}, m{})
	rich := p.wallet(sandbox.Wallet{Name: "rich", Balance: math.MaxInt64})
	richer := p.wallet(sandbox.Wallet{Name: "richer", Balance: math.MaxInt64})
	pays := func(from, invoice, value string) bool {
		access := p.outgoing(m{})
		access["identifier"] = from
		token := p.given(access)
		r := p.post(token, "/outgoing-payments", m{"walletAddress": from, "incomingPayment": invoice, "debitAmount": usd(value)})
		r.is(t, 201, "")
		return !p.read(token, r.ID).Failed
	}
	riches := p.post(p.token, "/incoming-payments", m{"walletAddress": rich}).ID
	richers := p.post(p.token, "/incoming-payments", m{"walletAddress": richer}).ID
	for i, c := range []struct {
		from, invoice, value string
		good                 bool
	}{
		{rich, richers, half, true},
		{p.alice, richers, "1", true},
		{p.alice, richers, "1", false}, // its account is full
		{richer, riches, half, true},
		{rich, richers, half, true},
		{richer, riches, half, true},
		{p.alice, richers, "1", false}, // the account is not full any more, but the incoming payment is
		{p.alice, p.post(p.token, "/incoming-payments", m{"walletAddress": richer}).ID, "1", true},
	} {
		if pays(c.from, c.invoice, c.value) != c.good {
			t.Errorf("payment %d: want %v", i, c.good)
		}
	}
	if got, err := p.Balance(richer); got != math.MaxInt64+2 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
	p.balances(99_998, 100_000)
}

func TestBalancesAtTheStart(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	for i, c := range []struct {
		wallet sandbox.Wallet
		want   uint64
	}{
		{sandbox.Wallet{}, 100_000},
		{sandbox.Wallet{AssetCode: "JPY"}, 1000},
		{sandbox.Wallet{AssetCode: "XRP", AssetScale: 9}, 1_000_000_000_000},
		{sandbox.Wallet{AssetCode: "X", AssetScale: 255}, 1_000_000_000_000_000_000},
		{sandbox.Wallet{Balance: 7}, 7},
		{sandbox.Wallet{Balance: -1}, 0},
	} {
		c.wallet.Name = string(rune('a' + i))
		if got, err := w.Balance(w.wallet(c.wallet)); got != c.want || err != nil {
			t.Errorf("%+v: %d, %v, want %d", c.wallet, got, err, c.want)
		}
	}
	if _, err := w.Balance("https://elsewhere.example/x"); err == nil {
		t.Error("a balance of another server's wallet")
	}
	if _, err := w.IncomingPayments(w.URL() + "/nobody"); err == nil {
		t.Error("incoming payments of nobody")
	}
	if _, err := w.OutgoingPayments(w.URL() + "/nobody"); err == nil {
		t.Error("outgoing payments of nobody")
	}
}

func TestPaymentsAreSeenFromGo(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	first := p.buy("1")
	quote := p.quote(p.invoice("2").ID, nil)
	p.post(p.payToken, "/outgoing-payments", m{"walletAddress": p.alice, "quoteId": quote.ID + "/", "metadata": m{"order": 7}}).is(t, 201, "")
	all, err := p.OutgoingPayments(p.alice)
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	if all[0].ID != first.ID || all[0].Client != p.shop || all[1].SentAmount.Value != 2 || all[1].QuoteID != quote.ID || string(all[1].Metadata) != `{"order":7}` {
		t.Errorf("%+v", all)
	}
	if n := p.Stats(); n.IncomingPayments != 2 || n.Quotes != 2 || n.OutgoingPayments != 2 || n.ResourceReads != 0 || n.Completions != 0 {
		t.Errorf("%+v", n)
	}
	p.read(p.payToken, first.ID)
	p.post(p.token, "/incoming-payments/x/complete", nil)
	if n := p.Stats(); n.ResourceReads != 1 || n.Completions != 1 {
		t.Errorf("%+v", n)
	}
}

// Two dozen at once: the limit, the quote and the balance each let exactly as much
// through as if they came one by one.
func TestPaymentsAtOnceExceedNothing(t *testing.T) {
	const tries = 24
	p := newPayer(t, sandbox.Config{}, m{"debitAmount": usd("500")})
	poor := p.wallet(sandbox.Wallet{Name: "poor", Balance: 250})
	unlimited := p.outgoing(m{})
	unlimited["identifier"] = poor
	open, quote := p.invoice(""), p.quote(p.invoice("1").ID, nil)
	orders := []struct {
		token string
		body  m
		good  int // how many of the tries are answered 201
	}{
		{p.payToken, m{"walletAddress": p.alice, "incomingPayment": open.ID, "debitAmount": usd("100")}, 5},
		{p.consented(m{}), m{"walletAddress": p.alice, "quoteId": quote.ID}, 1},
		{p.given(unlimited), m{"walletAddress": poor, "incomingPayment": open.ID, "debitAmount": usd("100")}, tries}, // most fail
	}
	created := make([]int, len(orders))
	var mu sync.Mutex
	var wait sync.WaitGroup
	for i, o := range orders {
		body := encode(t, o.body)
		for range tries {
			wait.Go(func() {
				a, err := p.try(request{method: "POST", url: p.at("/outgoing-payments"), token: o.token, body: body})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				if a.status == 201 {
					created[i]++
				}
			})
		}
	}
	wait.Wait()
	for i, o := range orders {
		if created[i] != o.good {
			t.Errorf("%d of %d were created, want %d", created[i], tries, o.good)
		}
	}
	p.balances(100_000-501, 100_000+501+200)
	if got, _ := p.Balance(poor); got != 50 {
		t.Errorf("poor has %d", got)
	}
}

func TestTheAnswerToAPaymentCanBeLost(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	quote := p.quote(p.invoice("130").ID, nil)
	p.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Act: true, Status: 502, Body: "bad gateway"})
	if r := p.pay(quote); r.status != 502 || r.text != "bad gateway" {
		t.Errorf("%d %s", r.status, r.text)
	}
	p.balances(100_000-130, 100_000+130)
	if list := p.read(p.payToken, p.at("/outgoing-payments?wallet-address="+p.alice)); !strings.Contains(list.text, `"quoteId":"`+quote.ID+`"`) {
		t.Errorf("%s", list.text)
	}
	other := p.quote(p.invoice("130").ID, nil)
	p.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Status: 502})
	p.pay(other)
	p.balances(100_000-130, 100_000+130)
	p.pay(other).is(t, 201, "")
}
