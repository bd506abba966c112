package payment_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestACheckoutAsksForExactlyItsPayment(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		fee := sandbox.Behavior{Kind: sandbox.WithFee, Fee: sandbox.Fee{Fixed: 20}}
		if err := l.sender.Behave(l.alice, fee); err != nil {
			t.Fatal(err)
		}
		r := grant.Request{WalletAddress: l.alice, ReturnURL: returnURL, Payment: &grant.CheckoutRequest{To: l.stall, ReceiveAmount: amount("1000"),
			Description: "Coffee", Metadata: map[string]any{"order": json.Number("7")}}}
		made, err := l.grants.Request(t.Context(), owner, r)
		if err != nil {
			t.Fatal(err)
		}
		p := made.Payment
		if p.DebitAmount.Value != "1020" || p.ReceiveAmount.Value != "1000" || p.MaxDebitAmount.Value != "1020" {
			t.Errorf("the user will pay %+v", p)
		}
		got, _ := json.Marshal(made.Access)
		want := `[{"type":"outgoing-payment","actions":["create","read","list"],"identifier":"` + l.alice + `","limits":{"receiver":"` + p.Receiver +
			`","debitAmount":{"value":"1020","assetCode":"USD","assetScale":2}}},{"type":"quote","actions":["create","read"]}]`
		if string(got) != want {
			t.Errorf("asked for %s", got)
		}
		if it := l.items.look(t, made.ID); !strings.Contains(it.Checkout.Metadata, "Coffee") {
			t.Error("the metadata for the sender's wallet is lost")
		}
		code := l.approve(t, made)
		paid, _, err := l.Make(t.Context(), owner, made.ID, payment.Request{Code: code}, "key-1", 5*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		wantStatus(t, paid, payment.Completed)
		if it := l.items.look(t, made.ID); it.Checkout.Metadata != "" {
			t.Error("the metadata is kept once it was sent")
		}
		incoming, _ := l.sender.IncomingPayments(l.stall)
		for _, m := range []string{string(l.sender.AllOutgoingPayments()[0].Metadata), string(incoming[0].Metadata)} {
			if m != `{"description":"Coffee","order":7}` {
				t.Errorf("a wallet has the metadata %s", m)
			}
		}
		if n := len(incoming); n != 1 {
			t.Errorf("%d incoming payments", n)
		}
	})
}

func TestACheckoutPaysFromItsFirstQuoteOrANewOneThatFitsTheConsent(t *testing.T) {
	t.Parallel()
	worse := sandbox.Behavior{Kind: sandbox.RateChanges}
	for name, c := range map[string]struct {
		request grant.CheckoutRequest
		wait    time.Duration
		behave  bool
		quotes  int
		code    string // of the failure
		detail  string
	}{
		"at once":                              {grant.CheckoutRequest{ReceiveAmount: amount("1000")}, 0, true, 1, "", ""},
		"the same price later":                 {grant.CheckoutRequest{ReceiveAmount: amount("1000")}, 6 * time.Minute, false, 2, "", ""},
		"a higher price":                       {grant.CheckoutRequest{ReceiveAmount: amount("1000")}, 6 * time.Minute, true, 2, payment.FailurePriceChanged, "1000 USD (scale 2), and it would cost 1010"},
		"a higher price within maxDebitAmount": {grant.CheckoutRequest{ReceiveAmount: amount("1000"), MaxDebitAmount: amount("1100")}, 6 * time.Minute, true, 2, "", ""},
		"less would arrive":                    {grant.CheckoutRequest{DebitAmount: amount("1000")}, 6 * time.Minute, true, 2, payment.FailurePriceChanged, "1000 USD (scale 2) were to arrive, and 990"},
		"the incoming payment has expired":     {grant.CheckoutRequest{ReceiveAmount: amount("1000")}, 71 * time.Minute, false, 1, payment.FailureNotPayable, "expired"},
		"the incoming payment expires in time": {grant.CheckoutRequest{ReceiveAmount: amount("1000")}, 69 * time.Minute, false, 2, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, l *life) {
				if c.behave {
					if err := l.sender.Behave(l.alice, worse); err != nil {
						t.Fatal(err)
					}
				}
				c.request.To = l.shop
				id := l.checkout(t, c.request)
				time.Sleep(c.wait)
				p, _, err := l.Make(t.Context(), owner, id, payment.Request{}, "key-1", 5*time.Second)
				if n := l.net.count("POST /op/quotes"); n != c.quotes {
					t.Errorf("%d quotes, want %d", n, c.quotes)
				}
				if c.code == "" {
					if err != nil {
						t.Fatal(err)
					}
					wantStatus(t, p, payment.Completed)
					return
				}
				wantCode(t, err, payment.CodePaymentFailed)
				if p.Failure.Code != c.code || !strings.Contains(p.Failure.Detail, c.detail) || l.made() != 0 {
					t.Errorf("%+v, %d made", p.Failure, l.made())
				}
				if again, replayed, _ := l.Make(t.Context(), owner, id, payment.Request{}, "key-1", 0); !replayed || again.ID != p.ID {
					t.Errorf("the same key answers %s", describe(again))
				}
			})
		})
	}
}

func TestACheckoutIsPaidAgainOnlyIfNothingWasSentAndNothingArrived(t *testing.T) {
	t.Parallel()
	for kind, again := range map[sandbox.BehaviorKind]bool{
		sandbox.CancelledAtWallet: true, sandbox.InvalidQuote: true,
		sandbox.CutOff: false, sandbox.ClaimsFailed: false, sandbox.NothingSent: false, sandbox.AnswerLost: false, sandbox.PaymentLate: false,
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, l *life) {
				id := l.checkout(t, grant.CheckoutRequest{To: l.shop, ReceiveAmount: amount("1000"), MaxDebitAmount: amount("2000")})
				if err := l.sender.Behave(l.alice, sandbox.Behavior{Kind: kind, Times: 1}); err != nil {
					t.Fatal(err)
				}
				first, _, _ := l.Make(t.Context(), owner, id, payment.Request{}, "key-1", time.Second)
				for i, wait := range []time.Duration{0, 6 * time.Minute, 25 * time.Minute} {
					time.Sleep(wait)
					p, replayed, err := l.Make(t.Context(), owner, id, payment.Request{}, fmt.Sprint("key-", 2+i), 5*time.Second)
					if i > 0 {
						break
					}
					if replayed == again || (p.ID == first.ID) == again {
						t.Errorf("another key: %s, replayed %v, %v; the first was %s", describe(p), replayed, err, describe(first))
					}
					if again && (p.Status != payment.Completed || l.arrivedAt(p.Receiver) != 1000) {
						t.Errorf("another key: %s, %v", describe(p), err)
					}
				}
				if n := l.made(); n > 1 && !again {
					t.Errorf("%d payments made", n)
				}
			})
		})
	}
}

func TestWhatACheckoutIsRefusedFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		request grant.CheckoutRequest
		code    string
		field   string
	}{
		"an incoming payment":      {grant.CheckoutRequest{To: "https://w.example/incoming-payments/1", ReceiveAmount: amount("1")}, grant.CodeInvalid, "payment.to"},
		"no such wallet address":   {grant.CheckoutRequest{To: "http://wallet.example/nobody", ReceiveAmount: amount("1")}, grant.CodeWalletNotFound, "payment.to"},
		"no amount":                {grant.CheckoutRequest{To: "http://wallet.example/shop"}, grant.CodeInvalid, "payment.debitAmount"},
		"two amounts":              {grant.CheckoutRequest{To: "http://wallet.example/shop", ReceiveAmount: amount("1"), DebitAmount: amount("1")}, grant.CodeInvalid, "payment.debitAmount"},
		"another asset":            {grant.CheckoutRequest{To: "http://wallet.example/shop", ReceiveAmount: &grant.AmountRequest{Value: "1", AssetCode: "EUR"}}, grant.CodeInvalid, "payment.receiveAmount.assetCode"},
		"a decimal amount":         {grant.CheckoutRequest{To: "http://wallet.example/shop", ReceiveAmount: amount("1.30")}, grant.CodeInvalid, "payment.receiveAmount.value"},
		"more than maxDebitAmount": {grant.CheckoutRequest{To: "http://wallet.example/shop", ReceiveAmount: amount("100"), MaxDebitAmount: amount("99")}, grant.CodeInvalid, "payment.maxDebitAmount"},
		"a long description":       {grant.CheckoutRequest{To: "http://wallet.example/shop", ReceiveAmount: amount("1"), Description: strings.Repeat("x", 201)}, grant.CodeInvalid, "payment.description"},
		"large metadata":           {grant.CheckoutRequest{To: "http://wallet.example/shop", ReceiveAmount: amount("1"), Metadata: map[string]any{"a": strings.Repeat("x", 1000)}}, grant.CodeInvalid, "payment.metadata"},
		"a NUL":                    {grant.CheckoutRequest{To: "http://wallet.example/shop", ReceiveAmount: amount("1"), Metadata: map[string]any{"a": "\x00"}}, grant.CodeInvalid, "payment.metadata"},
		"a number beyond all":      {grant.CheckoutRequest{To: "http://wallet.example/shop", ReceiveAmount: amount("1"), Metadata: map[string]any{"a": json.Number("1e400")}}, grant.CodeInvalid, "payment.metadata"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, l *life) {
				_, err := l.grants.Request(t.Context(), owner, grant.Request{WalletAddress: l.alice, ReturnURL: returnURL, Payment: &c.request})
				if e := wantCode(t, err, c.code); e.Field != c.field {
					t.Errorf("field %q, want %q: %s", e.Field, c.field, e.Detail)
				}
				if len(l.items.all()) != 1 { // the key of ids
					t.Error("something is stored")
				}
			})
		})
	}
}

func TestACheckoutTakesNoOtherPayment(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id := l.checkout(t, grant.CheckoutRequest{To: l.shop, ReceiveAmount: amount("1000")})
		_, _, err := l.Make(t.Context(), owner, id, l.pays("1000"), "key-1", 0)
		wantCode(t, err, grant.CodeInvalid)
	})
}

func TestAnotherReceiverCountsFromBeforeThePOST(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		deposit uint64
		kind    sandbox.BehaviorKind
		want    payment.Status
	}{
		"empty before":                      {0, "", payment.Completed},
		"others paid before":                {500, "", payment.Completed},
		"claims to have sent":               {0, sandbox.ClaimsSent, payment.Pending},
		"claims, and others had paid":       {1000, sandbox.ClaimsSent, payment.Pending},
		"nothing sent, and others had paid": {1000, sandbox.NothingSent, payment.Pending},
		"cancelled, and others had paid":    {700, sandbox.CancelledAtWallet, payment.Failed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, l *life) {
				l.Payees = []string{"*"}
				invoice := l.invoice(t, "2500")
				id := l.granted(t, limited("5000"))
				if err := l.sender.Deposit(invoice, c.deposit); err != nil && c.deposit > 0 {
					t.Fatal(err)
				}
				if c.kind != "" {
					if err := l.sender.Behave(l.alice, sandbox.Behavior{Kind: c.kind, Times: 1}); err != nil {
						t.Fatal(err)
					}
				}
				p, _, _ := l.Make(t.Context(), owner, id, payment.Request{To: invoice, ReceiveAmount: whole("1000")}, "key-1", 3*time.Second)
				wantStatus(t, p, c.want)
				if !p.ReceiverShared {
					t.Error("it is not said to be shared")
				}
			})
		})
	}
}

func TestTheTokensThatNeedNoUserServeTheNextPayment(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id := l.granted(t, limited("5000"))
		before := l.sender.Stats().GrantRequests
		for i := range 3 {
			wantStatus(t, l.mustMake(t, id, l.pays("100"), fmt.Sprint("key-", i)), payment.Completed)
		}
		if n := l.sender.Stats().GrantRequests - before; n != 2 {
			t.Errorf("%d grants for quotes and incoming payments, want 2", n)
		}
		time.Sleep(11 * time.Minute)
		wantStatus(t, l.mustMake(t, id, l.pays("100"), "key-9"), payment.Completed)
	})
}

func TestWhatAPaymentCosts(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		writes := func() int { return l.items.writes + l.payments.writes }
		id, code := l.consented(t, limited("5000"))
		wrote := writes()
		r := l.pays("1000")
		r.Code = code
		wantStatus(t, l.mustMake(t, id, r, "key-1"), payment.Completed)
		if n := writes() - wrote; n != 5 {
			t.Errorf("%d writes with a claim, want 5", n)
		}
		wrote = writes()
		l.net.forget()
		wantStatus(t, l.mustMake(t, id, l.pays("1000"), "key-2"), payment.Completed)
		if n := writes() - wrote; n != 4 {
			t.Errorf("%d writes, want 4", n)
		}
		t.Logf("a payment: %v", l.net.calls)
		time.Sleep(11 * time.Minute)
		wrote = writes()
		wantStatus(t, l.mustMake(t, id, l.pays("1000"), "key-3"), payment.Completed)
		if n := writes() - wrote; n != 6 {
			t.Errorf("%d writes with a rotation, want 6", n)
		}
		time.Sleep(time.Hour)
		l.net.forget()
		wrote = writes()
		request := grant.Request{WalletAddress: l.alice, ReturnURL: returnURL, Payment: &grant.CheckoutRequest{To: l.stall, ReceiveAmount: amount("1000")}}
		if _, err := l.grants.Request(t.Context(), owner, request); err != nil {
			t.Fatal(err)
		}
		if n := writes() - wrote; n != 1 || len(l.net.calls) > 7 {
			t.Errorf("a checkout: %d writes, %d calls %v", n, len(l.net.calls), l.net.calls)
		}
		l.net.forget()
		if _, err := l.grants.Request(t.Context(), owner, request); err != nil {
			t.Fatal(err)
		}
		if len(l.net.calls) != 3 {
			t.Errorf("a second checkout: %d calls %v", len(l.net.calls), l.net.calls)
		}
	})
}

func TestListsAreNewestFirstPageByPage(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id := l.granted(t, limited("50000"))
		for i := range 23 {
			l.mustMake(t, id, l.pays("10"), fmt.Sprint("key-", i))
			time.Sleep(time.Second)
		}
		page, err := l.List(t.Context(), owner, id, "")
		if err != nil || len(page.Payments) != 20 || page.Next == "" || !page.Payments[0].CreatedAt.After(page.Payments[19].CreatedAt) {
			t.Fatalf("%+v, %v", page, err)
		}
		rest, err := l.List(t.Context(), owner, id, page.Next)
		if err != nil || len(rest.Payments) != 3 || rest.Next != "" || !page.Payments[19].CreatedAt.After(rest.Payments[0].CreatedAt) {
			t.Fatalf("%+v, %v", rest, err)
		}
		_, err = l.List(t.Context(), "another", id, "")
		wantCode(t, err, grant.CodeNotFound)
		_, err = l.List(t.Context(), owner, id, "nonsense!")
		wantCode(t, err, grant.CodeInvalid)
	})
}
