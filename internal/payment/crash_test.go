package payment_test

import (
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// stopAt lets nothing work from the nth update of a grant on: before it, or when it has
// acted.
func (l *life) stopAt(n int, acts bool) {
	stop := func() error {
		down := func(string) error { return errDown }
		l.gate.set(down, down)
		l.net.set(func(int, string) error { return errDown }, nil, nil)
		return errDown
	}
	seen := 0
	count := func(call string) error {
		if call == "grant update" {
			if seen++; seen >= n {
				return stop()
			}
		}
		return nil
	}
	if acts {
		l.gate.set(nil, count)
	} else {
		l.gate.set(count, nil)
	}
}

func TestAPaymentIsSentOnlyAfterItIsSavedWithTheGrant(t *testing.T) {
	t.Parallel()
	for name, acts := range map[string]bool{"the write failed": false, "its answer was lost": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, l *life) {
				id := l.granted(t, limited("5000"))
				l.gate.set(nil, nil)
				seen := 0
				l.gate.set(func(call string) error {
					if call == "grant update" && !acts {
						seen++
						return errDown
					}
					return nil
				}, func(call string) error {
					if call == "grant update" {
						seen++
						return errDown
					}
					return nil
				})
				_, _, err := l.Make(t.Context(), owner, id, l.pays("1000"), "key-1", 0)
				if err == nil && !acts || seen == 0 {
					t.Errorf("%v, %d writes", err, seen)
				}
				sent := l.net.count("POST /op/outgoing-payments")
				if !acts && sent != 0 || acts && err != nil && sent != 0 {
					t.Errorf("%d sent", sent)
				}
			})
		})
	}
}

// A crash between the grant's write and the POST: nobody can tell it from one after the
// POST. The quote is not replaced, and nothing is sent again.
func TestAPaymentThatMayHaveBeenSentKeepsItsQuoteAndIsNotSentAgain(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id := l.granted(t, limited("5000"))
		l.stopAt(1, true)
		if _, _, err := l.Make(t.Context(), owner, id, l.pays("1000"), "key-1", 0); err == nil {
			t.Fatal("nothing worked, and it says that it paid")
		}
		l.gate.set(nil, nil)
		l.net.heal()
		stored := l.payments.all()[0]
		if l.items.look(t, id).Flight == nil || stored.Lease == nil || l.made() != 0 {
			t.Fatalf("flight %+v, %+v", l.items.look(t, id).Flight, stored)
		}
		time.Sleep(4*time.Minute + 50*time.Second) // the quote is about to expire
		p := l.mustMake(t, id, l.pays("1000"), "key-1")
		wantStatus(t, p, payment.Processing)
		it := l.payments.look(t, p.ID)
		if !it.Sought || it.Quote.ID != stored.Quote.ID || l.net.count("POST /op/quotes") != 1 || l.net.count("POST /op/outgoing-payments") != 0 {
			t.Errorf("%+v, %d quotes, %d sent", it, l.net.count("POST /op/quotes"), l.net.count("POST /op/outgoing-payments"))
		}
		time.Sleep(75 * time.Second)
		if p = l.read(t, p); p.Status != payment.Failed || p.Failure.Code != payment.FailureNotMade {
			t.Errorf("%s", describe(p))
		}
	})
}

func TestATokenThatStaysDeadSendsTwiceAtMost(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id := l.granted(t, limited("5000"))
		l.sender.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Status: 403, Times: 9, Body: `{"error":{"code":"403","description":"Inactive Token"}}`})
		_, _, err := l.Make(t.Context(), owner, id, l.pays("1000"), "key-1", 0)
		wantCode(t, err, payment.CodeTryLater)
		if n := l.net.count("POST /op/outgoing-payments"); n != 2 || l.items.look(t, id).Flight != nil {
			t.Errorf("%d sent", n)
		}
	})
}

// Nothing is sent once DELETE was asked, although the payment is in flight.
func TestARevokedGrantIsNotPaidFromWithARotatedToken(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id := l.granted(t, limited("5000"))
		l.sender.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Status: 403, Body: `{"error":{"code":"403","description":"Inactive Token"}}`,
			After: func() { _, _ = l.grants.Delete(t.Context(), owner, id, false) }})
		_, _, err := l.Make(t.Context(), owner, id, l.pays("1000"), "key-1", 0)
		wantCode(t, err, grant.CodeRevoked)
		if n := l.net.count("POST /op/outgoing-payments"); n != 1 || l.made() != 0 {
			t.Errorf("%d sent", n)
		}
		if r, err := l.grants.Delete(t.Context(), owner, id, false); err != nil || r.Result != grant.RevokedConfirmed {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestAnIncomingPaymentMustBeTheOneThatWasAskedFor(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]map[string]string{
		"at another server":        {"id": `"http://elsewhere.example/incoming-payments/1"`},
		"another wallet address's": {"walletAddress": `"http://wallet.example/stall"`},
		"of another amount":        {"incomingAmount.value": `"999"`},
		"of no amount":             {"incomingAmount": ""},
		"not empty":                {"receivedAmount.value": `"1"`},
		"completed":                {"completed": "true"},
		"in another asset":         {"receivedAmount.assetCode": `"EUR"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, l *life) {
				id := l.granted(t, limited("5000"))
				l.sender.Fail(sandbox.OpCreateIncomingPayment, sandbox.Fault{Edit: edit})
				_, _, err := l.Make(t.Context(), owner, id, l.pays("1000"), "key-1", 0)
				wantCode(t, err, grant.CodeWalletInvalid)
				if l.net.count("POST /op/quotes") != 0 {
					t.Error("it was quoted")
				}
			})
		})
	}
}

func TestAQuoteMustBeInTheAssetsOfItsWallets(t *testing.T) {
	t.Parallel()
	for _, edit := range []map[string]string{
		{"receiveAmount.assetCode": `"EUR"`}, {"receiveAmount.assetScale": "9"},
		{"debitAmount.assetCode": `"EUR"`}, {"receiveAmount.value": `"0"`},
	} {
		inBubble(t, func(t *testing.T, l *life) {
			id := l.granted(t, limited("5000"))
			l.sender.Fail(sandbox.OpCreateQuote, sandbox.Fault{Edit: edit})
			_, _, err := l.Make(t.Context(), owner, id, payment.Request{To: l.shop, DebitAmount: amount("1000")}, "key-1", 0)
			wantCode(t, err, grant.CodeWalletInvalid)
		})
	}
}

// Nothing more shall arrive at a receiver that names no amount.
func TestAReceiverWithoutAnAmountIsCompletedOnceThePaymentIsDecided(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id := l.granted(t, limited("5000"))
		p := l.mustMake(t, id, payment.Request{To: l.shop, DebitAmount: amount("1000")}, "key-1")
		wantStatus(t, p, payment.Completed)
		incoming, _ := l.sender.IncomingPayments(l.shop)
		if len(incoming) != 1 || incoming[0].IncomingAmount != nil || !incoming[0].Completed {
			t.Errorf("%+v", incoming)
		}
	})
}
