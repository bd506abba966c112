package sandbox_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

// An ending is what is known of a payment of 1000 when nothing happens any more.
type ending struct {
	post    int // the status of the POST; 0: no answer
	said    string
	made    bool
	failed  bool
	sent    uint64 // as the payer's wallet says
	arrived uint64 // really
	spent   uint64 // of the grant's limit
}

var endings = map[sandbox.BehaviorKind]ending{
	"":                          {201, "", true, false, 1000, 1000, 1000},
	sandbox.AnswerLost:          {0, "", true, false, 1000, 1000, 1000},
	sandbox.PaymentLate:         {0, "", true, false, 1000, 1000, 1000},
	sandbox.PaymentDelayed:      {201, "", true, false, 1000, 1000, 1000},
	sandbox.InvalidQuote:        {400, "invalid quote", false, false, 0, 0, 0},
	sandbox.LockedGrant:         {500, "", false, false, 0, 0, 0},
	sandbox.WithFee:             {201, "", true, false, 1000, 1000, 1120},
	sandbox.Slippage:            {201, "", true, false, 1000, 1000, 1011},
	sandbox.RateChanges:         {201, "", true, false, 1000, 1000, 1000},
	sandbox.QuoteOtherReceiver:  {201, "", true, false, 1000, 0, 1000},
	sandbox.QuoteOtherWallet:    {201, "", true, false, 1000, 1000, 1000},
	sandbox.QuoteOtherAmount:    {201, "", true, false, 1000, 500, 2000},
	sandbox.QuoteOtherAsset:     {201, "", true, false, 1000, 1000, 1000},
	sandbox.Slow:                {201, "", true, false, 1000, 1000, 1000},
	sandbox.PartlySent:          {201, "", true, false, 500, 500, 1000},
	sandbox.CutOff:              {201, "", true, true, 333, 666, 0},
	sandbox.OneMore:             {201, "", true, false, 1000, 1001, 1000},
	sandbox.CancelledAtWallet:   {201, "", true, true, 0, 0, 0},
	sandbox.NothingSent:         {201, "", true, false, 0, 0, 1000},
	sandbox.NotFunded:           {201, "", true, true, 0, 0, 0},
	sandbox.ClaimsSent:          {201, "", true, false, 1000, 0, 1000},
	sandbox.ClaimsFailed:        {201, "", true, true, 0, 1000, 0},
	sandbox.ReceiverPaid:        {400, "invalid quote", false, false, 0, 1000, 0}, // by somebody else
	sandbox.ReceiverShared:      {201, "", true, false, 1000, 1000, 1000},         // a half is somebody else's
	sandbox.ReceiverCompleted:   {201, "", true, false, 0, 0, 1000},
	sandbox.ReceiverExpired:     {201, "", true, false, 0, 0, 1000},
	sandbox.ReceiverDown:        {400, "invalid quote", false, false, 0, 0, 0},
	sandbox.ReceiverDownSending: {201, "", true, false, 0, 0, 1000},
}

func TestEachBehaviorEndsAsItIsDocumented(t *testing.T) {
	if kinds := sandbox.Behaviors(); len(kinds) != len(endings)-1 {
		t.Errorf("%d behaviors, %d endings: %v", len(kinds), len(endings), kinds)
	}
	for _, kind := range append(sandbox.Behaviors(), "") {
		t.Run(string(kind), func(t *testing.T) {
			want, ok := endings[kind]
			if !ok {
				t.Fatal("it is not in the table")
			}
			p := newPayer(t, sandbox.Config{SendTime: 200 * time.Millisecond, TokenLife: time.Hour}, m{"debitAmount": usd("5000")})
			invoice, b := p.invoice("1000"), sandbox.Behavior{Kind: kind, Fee: sandbox.Fee{Fixed: 100, BasisPoints: 200}}
			isReceivers := strings.HasPrefix(string(kind), "receiver")
			var quote *result
			if isReceivers {
				quote = p.quote(invoice.ID, nil)
				p.behave(p.shop, b)
			} else if kind != "" {
				p.behave(p.alice, b)
				quote = p.quote(invoice.ID, nil)
			} else {
				quote = p.quote(invoice.ID, nil)
			}
			quote.is(t, 201, "")
			p.expect(quote, invoice, want)
		})
	}
}

func (w *world) behave(wallet string, b sandbox.Behavior) {
	w.Helper()
	if err := w.Behave(wallet, b); err != nil {
		w.Fatal(err)
	}
}

func (p *payer) expect(quote, invoice *result, want ending) {
	p.Helper()
	post, err := p.try(request{method: "POST", url: p.at("/outgoing-payments"), token: p.payToken,
		body: `{"walletAddress":"` + p.alice + `","quoteId":"` + quote.ID + `"}`})
	got := ending{}
	if err == nil {
		got.post = post.status
		got.said = resultOf(post).Error.Description
	}
	p.clock.move(6 * time.Minute) // beyond the quote's expiry
	url := strings.Replace(quote.ID, "/quotes/", "/outgoing-payments/", 1)
	if r := p.read(p.payToken, url); r.status == 200 {
		got.made, got.failed, got.sent = true, r.Failed, r.SentAmount.Value
	} else {
		r.is(p.T, 401, "Unauthorized")
	}
	if all := p.AllOutgoingPayments(); (len(all) == 1) != want.made {
		p.Errorf("%d payments", len(all))
	}
	for _, m := range p.Ledger() {
		if m.IncomingPayment == invoice.ID {
			got.arrived += m.Arrived.Value
		}
	}
	if r := p.read(p.payToken, p.at("/outgoing-payment-grant")); r.SpentDebitAmount != nil {
		got.spent = r.SpentDebitAmount.Value
	}
	if got != want {
		p.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAPaymentThatAppearsLateIsUnknownUntilThen(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	p.behave(p.alice, sandbox.Behavior{Kind: sandbox.PaymentLate, Delay: time.Minute, Times: 1})
	quote := p.quote(p.invoice("100").ID, nil)
	body := `{"walletAddress":"` + p.alice + `","quoteId":"` + quote.ID + `"}`
	if _, err := p.try(request{method: "POST", url: p.at("/outgoing-payments"), token: p.payToken, body: body}); err == nil {
		t.Error("it was answered")
	}
	p.pay(quote).is(t, 400, "invalid quote")
	url := strings.Replace(quote.ID, "/quotes/", "/outgoing-payments/", 1)
	p.clock.move(6*time.Minute - time.Millisecond)
	p.read(p.payToken, url).is(t, 401, "Unauthorized")
	p.balances(100_000, 100_000)
	p.clock.move(time.Millisecond)
	p.read(p.payToken, url).is(t, 200, "")
	p.balances(100_000-100, 100_000+100)
	if got := p.Arrived(url); got != 100 {
		t.Errorf("%d arrived", got)
	}
}

// A DELETE that comes while the payment is being made does not stop it.
func TestADeleteBesideAPaymentDoesNotStopIt(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	g, token, _ := p.issued()
	p.payToken = token.AccessToken.Value
	quote := p.quote(p.invoice("100").ID, nil)
	url := strings.Replace(quote.ID, "/quotes/", "/outgoing-payments/", 1)
	p.behave(p.alice, sandbox.Behavior{Kind: sandbox.PaymentDelayed, Delay: 20 * time.Millisecond, Times: 1, Run: func() {
		p.read(p.payToken, url).is(t, 401, "Unauthorized") // not yet
		p.cancel(g).is(t, 204, "")
	}})
	p.pay(quote).is(t, 201, "")
	p.balances(100_000-100, 100_000+100)
	p.read(p.payToken, url).is(t, 403, "Inactive Token")
	p.read(p.consented(nil), url).is(t, 200, "") // another grant of the same client
}

// The server makes a delayed payment although the client has gone.
func TestADelayedPaymentIsMadeForAClientThatLeft(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	quote := p.quote(p.invoice("100").ID, nil)
	p.behave(p.alice, sandbox.Behavior{Kind: sandbox.PaymentDelayed, Delay: 100 * time.Millisecond})
	p.http.Timeout = 50 * time.Millisecond
	if _, err := p.try(request{method: "POST", url: p.at("/outgoing-payments"), token: p.payToken,
		body: `{"walletAddress":"` + p.alice + `","quoteId":"` + quote.ID + `"}`}); err == nil {
		t.Fatal("it was answered")
	}
	for range 200 {
		if len(p.AllOutgoingPayments()) == 1 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the payment was not made")
}

func TestASlowPaymentSendsOnForSeconds(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, m{"debitAmount": usd("1003")})
	p.behave(p.alice, sandbox.Behavior{Kind: sandbox.Slow, Delay: 10 * time.Second})
	payment := p.buy("1003")
	var sent []uint64
	for range 11 {
		sent = append(sent, p.read(p.payToken, payment.ID).SentAmount.Value)
		p.clock.move(time.Second)
	}
	if want := []uint64{0, 100, 200, 300, 401, 501, 601, 702, 802, 902, 1003}; !slices.Equal(sent, want) {
		t.Errorf("%v", sent)
	}
	if len(p.Ledger()) != 10 || p.Arrived(payment.ID) != 1003 {
		t.Errorf("%+v", p.Ledger())
	}
	p.balances(100_000-1003, 100_000+1003)
}

func TestACutOffPaymentFailsWhenItsQuoteExpires(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, m{"debitAmount": usd("1000")})
	p.behave(p.alice, sandbox.Behavior{Kind: sandbox.CutOff, Times: 1})
	payment := p.buy("1000")
	if r := p.read(p.payToken, payment.ID); r.Failed || r.SentAmount.Value != 333 {
		t.Errorf("%s", r.text)
	}
	p.buy("1").is(t, 403, "unauthorized")
	p.clock.move(5 * time.Minute)
	if r := p.read(p.payToken, payment.ID); !r.Failed || r.SentAmount.Value != 333 {
		t.Errorf("%s", r.text)
	}
	p.buy("1000").is(t, 201, "") // the limit does not stop a repeat
	p.balances(100_000-1666, 100_000+1666)
}

func TestWhatWasCancelledAtTheWalletSaysWhy(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	p.behave(p.alice, sandbox.Behavior{Kind: sandbox.CancelledAtWallet})
	quote := p.quote(p.invoice("1").ID, nil)
	r := p.post(p.payToken, "/outgoing-payments", m{"walletAddress": p.alice, "quoteId": quote.ID, "metadata": m{"order": 7}})
	if r := p.read(p.payToken, r.ID); !r.Failed || string(r.Metadata) != `{"cancellationReason":"Cancelled at the wallet","order":7}` {
		t.Errorf("%s", r.text)
	}
	if r := p.read(p.payToken, p.at("/outgoing-payment-grant")); r.SpentDebitAmount == nil || r.SpentDebitAmount.Value != 0 {
		t.Errorf("%s", r.text)
	}
}

func TestQuotesThatAreForSomethingElse(t *testing.T) {
	for kind, differs := range map[sandbox.BehaviorKind]func(q, invoice *result) bool{
		sandbox.QuoteOtherReceiver: func(q, invoice *result) bool { return q.Receiver != invoice.ID },
		sandbox.QuoteOtherWallet:   func(q, _ *result) bool { return strings.HasSuffix(q.WalletAddress, "/somebody-else") },
		sandbox.QuoteOtherAmount:   func(q, _ *result) bool { return q.DebitAmount.Value == 200 && q.ReceiveAmount.Value == 50 },
		sandbox.QuoteOtherAsset:    func(q, _ *result) bool { return q.ReceiveAmount.AssetCode == "XTS" },
	} {
		p := newPayer(t, sandbox.Config{}, nil)
		p.behave(p.alice, sandbox.Behavior{Kind: kind, Times: 1})
		invoice := p.invoice("100")
		if q := p.quote(invoice.ID, nil); q.status != 201 || !differs(q, invoice) {
			t.Errorf("%s: %s", kind, q.text)
		}
		if q := p.quote(invoice.ID, nil); q.status != 201 || differs(q, invoice) {
			t.Errorf("%s, once more: %s", kind, q.text)
		}
	}
	p := newPayer(t, sandbox.Config{}, nil)
	other := p.invoice("5")
	p.behave(p.alice, sandbox.Behavior{Kind: sandbox.QuoteOtherReceiver, URL: other.ID})
	if q := p.quote(p.invoice("100").ID, nil); q.Receiver != other.ID {
		t.Errorf("%s", q.text)
	}
}

func TestCostsThatChange(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	invoice := p.invoice("1000")
	p.behave(p.alice, sandbox.Behavior{Kind: sandbox.RateChanges})
	for _, want := range []uint64{1000, 1010, 1020} {
		if q := p.quote(invoice.ID, nil); q.DebitAmount.Value != want || q.ReceiveAmount.Value != 1000 {
			t.Errorf("%s, want %d", q.text, want)
		}
	}
	if err := p.ClearBehaviors(p.alice); err != nil {
		t.Error(err)
	}
	p.behave(p.alice, sandbox.Behavior{Kind: sandbox.Slippage})
	if q := p.quote(invoice.ID, m{"debitAmount": usd("1000")}); q.DebitAmount.Value != 1000 || q.ReceiveAmount.Value != 990 {
		t.Errorf("%s", q.text)
	}
}

func TestAReceiverWhoseServerIsDownAnswersNothing(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	invoice := p.invoice("100")
	quote := p.quote(invoice.ID, nil)
	p.behave(p.shop, sandbox.Behavior{Kind: sandbox.ReceiverDown})
	for _, q := range []request{
		{method: "GET", url: invoice.ID, token: p.token},
		{method: "GET", url: p.at("/incoming-payments?wallet-address=" + p.shop), token: p.token},
		{method: "POST", url: p.at("/incoming-payments"), token: p.token, body: `{"walletAddress":"` + p.shop + `"}`},
	} {
		if a, err := p.try(q); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("%s %s: %v, %v", q.method, q.url, a, err)
		}
	}
	p.quote(invoice.ID, nil).is(t, 400, "invalid receiver")
	p.pay(quote).is(t, 400, "invalid quote")
	if err := p.ClearBehaviors(p.shop); err != nil {
		t.Error(err)
	}
	p.pay(quote).is(t, 201, "") // the same quote works later
}

func TestATestCanPayAndCompleteAnIncomingPayment(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	shared, completed := p.invoice("100"), p.invoice("100")
	for _, err := range []error{p.Deposit(shared.ID, 101), p.CompleteIncomingPayment(completed.ID)} {
		if err != nil {
			t.Error(err)
		}
	}
	if r := p.read(p.token, shared.ID); r.ReceivedAmount.Value != 101 || !r.Completed {
		t.Errorf("%s", r.text)
	}
	if r := p.read(p.token, completed.ID); r.ReceivedAmount.Value != 0 || !r.Completed {
		t.Errorf("%s", r.text)
	}
	for _, err := range []error{p.Deposit(shared.ID, 1), p.CompleteIncomingPayment(completed.ID), p.Deposit("x", 1),
		p.Behave("x", sandbox.Behavior{Kind: sandbox.Slow}), p.Behave(p.alice, sandbox.Behavior{Kind: "x"}), p.ClearBehaviors("x")} {
		if err == nil {
			t.Error("no error")
		}
	}
	l := p.Ledger()
	if len(l) != 1 || l[0].From != "" || l[0].To != p.shop || l[0].OutgoingPayment != "" || l[0].Arrived.Value != 101 {
		t.Errorf("%+v", l)
	}
}

// By default the money moves a moment after the answer.
func TestMoneyMovesAMomentAfterThePaymentWasMade(t *testing.T) {
	p := newPayer(t, sandbox.Config{SendTime: 200 * time.Millisecond}, nil)
	invoice := p.invoice("100")
	payment := p.pay(p.quote(invoice.ID, nil))
	p.clock.move(199 * time.Millisecond)
	if r := p.read(p.payToken, payment.ID); r.SentAmount.Value != 0 || r.Failed {
		t.Errorf("%s", r.text)
	}
	p.clock.move(time.Millisecond)
	if r := p.read(p.payToken, payment.ID); r.SentAmount.Value != 100 || strings.Contains(r.text, "grantSpent") {
		t.Errorf("%s", r.text)
	}
}
