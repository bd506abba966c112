package payment_test

import (
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// An operation is one request of the app, and what leads up to it.
type operation struct {
	name    string
	once    bool // a checkout: one payment, whatever the key
	whole   bool // it meets every fault; otherwise those that nobody else makes
	setUp   func(t *testing.T, l *life) (grantID string)
	request func(l *life) payment.Request
}

func operations() []operation {
	pays := func(l *life) payment.Request { return l.pays("1000") }
	empty := func(*life) payment.Request { return payment.Request{} }
	claimed := func(t *testing.T, l *life) string { return l.granted(t, limited("5000")) }
	checkout := func(t *testing.T, l *life) string {
		return l.checkout(t, grant.CheckoutRequest{To: l.shop, ReceiveAmount: amount("1000")})
	}
	behaving := func(kind sandbox.BehaviorKind, setUp func(*testing.T, *life) string) func(*testing.T, *life) string {
		return func(t *testing.T, l *life) string {
			id := setUp(t, l)
			if err := l.sender.Behave(l.alice, sandbox.Behavior{Kind: kind, Times: 1}); err != nil {
				t.Fatal(err)
			}
			return id
		}
	}
	return []operation{
		{"pay", false, true, claimed, pays},
		{"pay, by debit amount", false, false, claimed, func(l *life) payment.Request {
			return payment.Request{To: l.shop, DebitAmount: amount("1000")}
		}},
		{"pay, with an old token", false, false, func(t *testing.T, l *life) string {
			id := claimed(t, l)
			time.Sleep(11 * time.Minute)
			return id
		}, pays},
		{"checkout", true, true, checkout, empty},
		{"checkout, with an old quote", true, false, func(t *testing.T, l *life) string {
			id := checkout(t, l)
			time.Sleep(6 * time.Minute)
			return id
		}, empty},
		{"pay, and the answer is lost", false, true, behaving(sandbox.AnswerLost, claimed), pays},
		{"checkout, and the answer is lost", true, false, behaving(sandbox.AnswerLost, checkout), empty},
		{"pay, and it is made late", false, false, behaving(sandbox.PaymentLate, claimed), pays},
		{"pay, and the wallet refuses it", false, false, behaving(sandbox.InvalidQuote, claimed), pays},
		{"pay, and it is cancelled", false, false, behaving(sandbox.CancelledAtWallet, claimed), pays},
		{"checkout, and it is cancelled", true, false, behaving(sandbox.CancelledAtWallet, checkout), empty},
		{"pay, and the wallet says it failed", false, false, behaving(sandbox.ClaimsFailed, claimed), pays},
		{"pay, and the wallet says it was sent", false, false, behaving(sandbox.ClaimsSent, claimed), pays},
		{"pay, cut off in the middle", false, false, behaving(sandbox.CutOff, claimed), pays},
	}
}
