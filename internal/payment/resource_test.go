package payment_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// A member of a payment that somebody must have said is not there until then.
func TestAPaymentShowsOnlyWhatWasSaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		behavior        sandbox.BehaviorKind
		wait            time.Duration
		said, untold    string
		first, followed payment.Status
	}{
		"the money is on its way":                                {"", 0, "sentAmount outgoingPayment", "receivedAmount failure", payment.Pending, payment.Completed},
		"the sender's wallet said 0, and then the money arrives": {"", 5 * time.Second, "receivedAmount outgoingPayment", "sentAmount failure", payment.Completed, payment.Completed},
		"its answer is lost, and the receiver has the money":     {sandbox.AnswerLost, 5 * time.Second, "receivedAmount", "sentAmount", payment.Completed, payment.Completed},
		"nobody was asked after a lost answer":                   {sandbox.AnswerLost, 0, "debitAmount receiveAmount receiver", "sentAmount receivedAmount outgoingPayment", payment.Processing, payment.Completed},
		"the wallet refuses it":                                  {sandbox.InvalidQuote, 0, "failure debitAmount", "sentAmount receivedAmount outgoingPayment", payment.Failed, payment.Failed},
		"it was not made":                                        {sandbox.LockedGrant, 0, "debitAmount receiver", "sentAmount receivedAmount outgoingPayment", payment.Processing, payment.Processing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, l *life) {
				id := l.granted(t, limited("5000"))
				if c.behavior != "" {
					if err := l.sender.Behave(l.alice, sandbox.Behavior{Kind: c.behavior, Times: 1}); err != nil {
						t.Fatal(err)
					}
				}
				p, _, err := l.Make(t.Context(), owner, id, l.pays("1000"), "key-1", c.wait)
				if p == nil {
					t.Fatal(err)
				}
				wantStatus(t, p, c.first)
				members := shown(t, p)
				for _, name := range strings.Fields(c.said) {
					if members[name] == nil {
						t.Errorf("%s is not shown", name)
					}
				}
				for _, name := range strings.Fields(c.untold) {
					if members[name] != nil {
						t.Errorf("%s is %v, and nobody said it", name, members[name])
					}
				}
				time.Sleep(time.Second)
				p = l.read(t, p)
				if wantStatus(t, p, c.followed); p.Status == payment.Completed && p.SentAmount != nil {
					t.Errorf("sentAmount is %+v, and nobody said it", p.SentAmount)
				}
			})
		})
	}
}

func shown(t *testing.T, p *payment.Resource) (members map[string]any) {
	t.Helper()
	text, err := json.Marshal(p)
	if err == nil {
		err = json.Unmarshal(text, &members)
	}
	if err != nil {
		t.Fatal(err)
	}
	return members
}

// A quote that was paid is refused with the same words as one that cannot be paid. A
// proxy that repeats the POST, and shows only the second answer, hides the payment.
func TestAnInvalidQuoteThatWasPaidIsFound(t *testing.T) {
	t.Parallel()
	said := sandbox.Fault{Act: true, Status: 400, Body: `{"error":{"code":"400","description":"invalid quote"}}`}
	for name, c := range map[string]struct {
		before func(l *life)
		want   payment.Status
	}{
		"the money is there":         {func(*life) { time.Sleep(time.Second) }, payment.Completed},
		"the money is on its way":    {func(*life) {}, payment.Completed},
		"the wallet cannot be asked": {func(l *life) { l.sender.Fail(sandbox.OpReadOutgoingPayment, sandbox.Fault{Status: 500}) }, payment.Processing},
		"its answer is lost": {func(l *life) {
			l.sender.Fail(sandbox.OpReadOutgoingPayment, sandbox.Fault{Act: true, Drop: true, Times: 9})
		}, payment.Processing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l := newLife(t, sandbox.Config{})
				id := l.granted(t, limited("5000"))
				fault := said
				fault.After = func() { c.before(l) }
				l.sender.Fail(sandbox.OpCreateOutgoingPayment, fault)
				wait := 5 * time.Second
				if c.want == payment.Processing {
					wait = 0
				}
				p, _, err := l.Make(t.Context(), owner, id, l.pays("1000"), "key-1", wait)
				if err != nil {
					t.Fatalf("%s, %v", describe(p), err)
				}
				wantStatus(t, p, c.want)
				l.sender.ClearFaults()
				time.Sleep(time.Second)
				wantStatus(t, l.read(t, p), payment.Completed)
				if l.made() != 1 || l.items.look(t, id).Flight != nil {
					t.Errorf("%d made", l.made())
				}
			})
		})
	}
}

// The write that frees the grant is the last one. If it is lost, the next touch does it.
func TestATouchFreesTheGrantOfADecidedPayment(t *testing.T) {
	t.Parallel()
	for name, touch := range map[string]func(l *life, t *testing.T, p *payment.Item){
		"GET": func(l *life, t *testing.T, p *payment.Item) {
			if _, err := l.Get(t.Context(), owner, p.Grant, p.ID); err != nil {
				t.Error(err)
			}
		},
		"the same key": func(l *life, t *testing.T, p *payment.Item) { l.mustMake(t, p.Grant, l.pays("1000"), "key-1") },
		"the schedule": func(l *life, t *testing.T, p *payment.Item) { l.Follow(t.Context(), p.ID) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, l *life) {
				id := l.granted(t, limited("5000"))
				writes := 0
				l.gate.set(func(call string) error {
					if call == "grant update" {
						if writes++; writes > 1 {
							return errDown
						}
					}
					return nil
				}, nil)
				_ = l.mustMake(t, id, l.pays("1000"), "key-1")
				l.gate.set(nil, nil)
				p := l.payments.all()[0]
				if p.Status != payment.Completed || l.items.look(t, id).Flight == nil {
					t.Fatalf("%s, flight %+v", p.Status, l.items.look(t, id).Flight)
				}
				if touch(l, t, p); l.items.look(t, id).Flight != nil {
					t.Error("the grant is not free")
				}
			})
		})
	}
}
