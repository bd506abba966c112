package payment_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// Clauses of rule 13 that no other test would miss.

// The resource server forgot the token before its time: the payment is sent again in the
// same call, with the new token.
func TestAnInactiveTokenIsRotatedAndThePaymentIsSentWithTheNewOne(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id := l.granted(t, limited("5000"))
		old := l.items.look(t, id).Token
		var tokens []string
		l.sender.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Match: func(r *http.Request) bool {
			tokens = append(tokens, r.Header.Get("Authorization"))
			return false // it only looks
		}})
		l.sender.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Status: 403, Body: `{"error":{"code":"403","description":"Inactive Token"}}`})
		wantStatus(t, l.mustMake(t, id, l.pays("1000"), "key-1"), payment.Completed)
		want := []string{"GNAP " + old, "GNAP " + l.items.look(t, id).Token}
		if !slices.Equal(tokens, want) || want[0] == want[1] {
			t.Errorf("sent with %q, want %q", tokens, want)
		}
	})
}

// The grant says that an earlier try of the payment may have been sent. Its holder took so
// long that its lease is over, and this caller has read the grant before that try began.
func TestAPaymentThatWasBegunBeforeIsNotSentAgain(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id := l.granted(t, limited("5000"))
		l.gate.set(nil, func(call string) error {
			if call == "payment create" {
				p := l.payments.all()[0]
				l.items.change(t, id, func(it *grant.Item) {
					it.Flight = &grant.Flight{Payment: p.ID, Quote: p.Quote.ID, Lease: "an earlier one", Until: grant.At(time.Now().Add(time.Hour))}
				})
			}
			return nil
		})
		p := l.mustMake(t, id, l.pays("1000"), "key-1")
		if n := l.net.count("POST /op/outgoing-payments"); n != 0 || p.Status != payment.Processing || !l.payments.look(t, p.ID).Sought {
			t.Errorf("%s, sent %d times", describe(p), n)
		}
	})
}

// The schedule asks about a payment at growing intervals for a day, a minute after its
// quote has expired, and at the end of the day.
func TestAPaymentThatIsNotFinalIsAskedAboutForADay(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id := l.granted(t, limited("5000"))
		if err := l.sender.Behave(l.alice, sandbox.Behavior{Kind: sandbox.NothingSent, Times: 1}); err != nil {
			t.Fatal(err)
		}
		p := l.mustMake(t, id, l.pays("1000"), "key-1")
		wantStatus(t, p, payment.Pending)
		began, settled := l.payments.look(t, p.ID).Since.Time(), l.payments.look(t, p.ID).Quote.Expires.Time().Add(time.Minute)
		var looks []time.Time
		for it := l.payments.look(t, p.ID); it.Due != 0; it = l.payments.look(t, p.ID) {
			if len(looks) > 100 {
				t.Fatal("it is asked about for ever")
			}
			if wait := time.Until(it.Due.Time()); wait < 0 || wait > 2*time.Hour {
				t.Fatalf("after %d looks it is due in %s", len(looks), wait)
			}
			time.Sleep(time.Until(it.Due.Time()))
			looks = append(looks, time.Now())
			l.Follow(t.Context(), p.ID)
		}
		wantStatus(t, l.read(t, p), payment.Undecided)
		if last := looks[len(looks)-1].Sub(began); len(looks) < 15 || last < 24*time.Hour || last > 24*time.Hour+time.Minute {
			t.Errorf("%d looks, the last one after %s", len(looks), last)
		}
		if !slices.ContainsFunc(looks, func(at time.Time) bool { d := at.Sub(settled); return d >= 0 && d < 2*time.Second }) {
			t.Error("it is not asked about when its quote has expired for a minute")
		}
	})
}
