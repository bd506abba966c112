package payment_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// A payment as each way in which wallets go wrong leaves it: at once, a minute after its
// quote has expired, and after a day. The ledger says what is true.
func TestEachWayToGoWrongIsSeen(t *testing.T) {
	t.Parallel()
	const none = payment.Status("")
	for kind, want := range map[sandbox.BehaviorKind]struct {
		first, settled, last payment.Status
		code                 string
		refused              string // code of an error without a payment
	}{
		"":                          {payment.Completed, payment.Completed, payment.Completed, "", ""},
		sandbox.AnswerLost:          {payment.Completed, payment.Completed, payment.Completed, "", ""},
		sandbox.PaymentLate:         {payment.Processing, payment.Completed, payment.Completed, "", ""},
		sandbox.PaymentDelayed:      {payment.Completed, payment.Completed, payment.Completed, "", ""},
		sandbox.InvalidQuote:        {payment.Failed, payment.Failed, payment.Failed, payment.FailureNotPayable, ""},
		sandbox.LockedGrant:         {payment.Processing, payment.Failed, payment.Failed, payment.FailureNotMade, ""},
		sandbox.WithFee:             {payment.Completed, payment.Completed, payment.Completed, "", ""},
		sandbox.Slippage:            {payment.Completed, payment.Completed, payment.Completed, "", ""},
		sandbox.RateChanges:         {payment.Completed, payment.Completed, payment.Completed, "", ""},
		sandbox.QuoteOtherReceiver:  {none, none, none, "", grant.CodeWalletInvalid},
		sandbox.QuoteOtherWallet:    {none, none, none, "", grant.CodeWalletInvalid},
		sandbox.QuoteOtherAmount:    {none, none, none, "", grant.CodeWalletInvalid},
		sandbox.QuoteOtherAsset:     {none, none, none, "", grant.CodeWalletInvalid},
		sandbox.Slow:                {payment.Completed, payment.Completed, payment.Completed, "", ""},
		sandbox.PartlySent:          {payment.Pending, payment.Partial, payment.Partial, "", ""},
		sandbox.CutOff:              {payment.Pending, payment.Partial, payment.Partial, "", ""},
		sandbox.OneMore:             {payment.Completed, payment.Completed, payment.Completed, "", ""},
		sandbox.CancelledAtWallet:   {payment.Failed, payment.Failed, payment.Failed, payment.FailureCancelled, ""},
		sandbox.NothingSent:         {payment.Pending, payment.Pending, payment.Undecided, "", ""},
		sandbox.NotFunded:           {payment.Pending, payment.Failed, payment.Failed, payment.FailureAtWallet, ""},
		sandbox.ClaimsSent:          {payment.Pending, payment.Pending, payment.Undecided, "", ""},
		sandbox.ClaimsFailed:        {payment.Completed, payment.Completed, payment.Completed, "", ""},
		sandbox.ReceiverPaid:        {payment.Failed, payment.Failed, payment.Failed, payment.FailureNotPayable, ""},
		sandbox.ReceiverCompleted:   {payment.Pending, payment.Pending, payment.Undecided, "", ""},
		sandbox.ReceiverExpired:     {payment.Pending, payment.Pending, payment.Undecided, "", ""},
		sandbox.ReceiverDownSending: {payment.Pending, payment.Pending, payment.Undecided, "", ""},
	} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, l *life) {
				id := l.granted(t, limited("5000"))
				at := l.alice
				if strings.HasPrefix(string(kind), "receiver") {
					at = l.shop
				}
				if kind != "" {
					if err := l.sender.Behave(at, sandbox.Behavior{Kind: kind, Times: 1, Fee: sandbox.Fee{Fixed: 100}}); err != nil {
						t.Fatal(err)
					}
				}
				p, _, err := l.Make(t.Context(), owner, id, l.pays("1000"), "key-1", 5*time.Second)
				if want.refused != "" {
					wantCode(t, err, want.refused)
					if l.made() != 0 {
						t.Error("a payment was made")
					}
					return
				}
				if want.first == payment.Failed {
					wantCode(t, err, payment.CodePaymentFailed)
				} else if err != nil {
					t.Fatal(err)
				}
				check := func(when string, p *payment.Resource, status payment.Status) {
					t.Helper()
					if p.Status != status || status == payment.Failed && p.Failure.Code != want.code {
						t.Errorf("%s: %s, want %s %s\n%s", when, describe(p), status, want.code, l.logged)
					}
					arrived := l.arrivedAt(p.Receiver)
					if p.Status == payment.Completed && arrived < 1000 || p.Status == payment.Failed && arrived != 0 {
						t.Errorf("%s: %s, and %d arrived", when, describe(p), arrived)
					}
				}
				check("at once", p, want.first)
				time.Sleep(6*time.Minute + 2*time.Second)
				l.Follow(t.Context(), p.ID)
				check("when its quote is over", l.read(t, p), want.settled)
				time.Sleep(24 * time.Hour)
				l.Follow(t.Context(), p.ID)
				check("after a day", l.read(t, p), want.last)
				again, replayed, _ := l.Make(t.Context(), owner, id, l.pays("1000"), "key-1", 0)
				if !replayed || again.ID != p.ID || again.Status != want.last {
					t.Errorf("the same key answers %s", describe(again))
				}
				if l.items.look(t, id).Flight != nil {
					t.Error("the grant is not free")
				}
			})
		})
	}
}

func TestManyCallersWithOneKeyPayOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id := l.granted(t, limited("5000"))
		ids := map[string]int{}
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				p, _, err := l.Make(t.Context(), owner, id, l.pays("100"), "key-1", 5*time.Second)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				ids[p.ID]++
			})
		}
		all.Wait()
		if len(ids) != 1 || l.made() != 1 {
			t.Errorf("%d payments made, ids %v", l.made(), ids)
		}
	})
}

func TestManyKeysOnOneCheckoutPayOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id := l.checkout(t, grant.CheckoutRequest{To: l.shop, ReceiveAmount: amount("1000")})
		ids := map[string]int{}
		var mu sync.Mutex
		var all sync.WaitGroup
		for i := range 10 {
			all.Go(func() {
				p, _, err := l.Make(t.Context(), owner, id, payment.Request{}, "key-"+string(rune('a'+i)), 5*time.Second)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				ids[p.ID]++
			})
		}
		all.Wait()
		if len(ids) != 1 || l.made() != 1 || l.net.count("POST /op/outgoing-payments") != 1 {
			t.Errorf("%d payments made, %d asked for, ids %v", l.made(), l.net.count("POST /op/outgoing-payments"), ids)
		}
	})
}

func TestOnePaymentOfAGrantIsInFlightAtATime(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id := l.granted(t, limited("5000"))
		if err := l.sender.Behave(l.alice, sandbox.Behavior{Kind: sandbox.LockedGrant, Times: 1}); err != nil {
			t.Fatal(err)
		}
		first := l.mustMake(t, id, l.pays("1000"), "key-1")
		wantStatus(t, first, payment.Processing)
		_, _, err := l.Make(t.Context(), owner, id, l.pays("1000"), "key-2", 0)
		if e := wantCode(t, err, payment.CodeInProgress); e.RetryAfter == 0 {
			t.Error("it does not say when to ask again")
		}
		if l.made() != 0 {
			t.Errorf("%d made", l.made())
		}
		time.Sleep(6*time.Minute + 2*time.Second)
		wantStatus(t, l.mustMake(t, id, l.pays("1000"), "key-2"), payment.Completed)
		if p, _, _ := l.Make(t.Context(), owner, id, l.pays("1000"), "key-1", 0); p.Failure.Code != payment.FailureNotMade {
			t.Errorf("the first: %s", describe(p))
		}
	})
}

// A 4xx of something in front of the wallet does not decide.
func TestOnlyTheWalletsOwnErrorDecides(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id := l.granted(t, limited("5000"))
		l.sender.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Act: true, Status: 403, Body: "<h1>Forbidden</h1>", Header: http.Header{"Content-Type": {"text/html"}}})
		wantStatus(t, l.mustMake(t, id, l.pays("1000"), "key-1"), payment.Completed)
	})
}

// What says that the payment was not sent, and can be tried later, keeps receiver and
// quote; the same key carries on there, and the grant is free meanwhile.
func TestAPaymentThatWasNotSentIsSentByTheSameKey(t *testing.T) {
	t.Parallel()
	later := map[string]struct {
		fault sandbox.Fault
		code  string
	}{
		"429":               {sandbox.TooManyRequests(7 * time.Second), payment.CodeTryLater},
		"401 Invalid Token": {sandbox.Fault{Status: 401, Body: `{"error":{"code":"401","description":"Invalid Token"}}`}, payment.CodeTryLater},
	}
	for name, c := range later {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, l *life) {
				id := l.granted(t, limited("5000"))
				l.sender.Fail(sandbox.OpCreateOutgoingPayment, c.fault)
				_, _, err := l.Make(t.Context(), owner, id, l.pays("1000"), "key-1", 0)
				if e := wantCode(t, err, c.code); e.RetryAfter == 0 {
					t.Error("it does not say when to ask again")
				}
				if l.items.look(t, id).Flight != nil {
					t.Error("the grant is not free")
				}
				it := l.payments.all()[0]
				for range 3 { // a GET and the schedule never send it
					if got, err := l.Get(t.Context(), owner, id, it.ID); err != nil || got.Status != payment.Processing {
						t.Errorf("%s, %v", describe(got), err)
					}
					l.Follow(t.Context(), it.ID)
				}
				if l.made() != 0 || l.net.count("POST /op/outgoing-payments") != 1 {
					t.Error("it was sent")
				}
				p := l.mustMake(t, id, l.pays("1000"), "key-1")
				wantStatus(t, p, payment.Completed)
				if p.ID != it.ID || p.Receiver != it.Receiver || l.net.count("POST /op/quotes") != 1 || l.made() != 1 {
					t.Errorf("%+v, was %+v; %d quotes", p, it, l.net.count("POST /op/quotes"))
				}
			})
		})
	}
	for name, ask := range map[string]func(t *testing.T, l *life, id, made string) *payment.Resource{
		"the same key": func(t *testing.T, l *life, id, _ string) *payment.Resource {
			p, _, err := l.Make(t.Context(), owner, id, l.pays("1000"), "key-1", 0)
			wantCode(t, err, payment.CodePaymentFailed)
			return p
		},
		"GET": func(t *testing.T, l *life, id, made string) *payment.Resource {
			p, err := l.Get(t.Context(), owner, id, made)
			if err != nil {
				t.Fatal(err)
			}
			return p
		},
	} {
		t.Run("the grant has ended meanwhile, "+name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, l *life) {
				id := l.granted(t, limited("5000"))
				l.sender.Fail(sandbox.OpCreateOutgoingPayment, sandbox.TooManyRequests(7*time.Second))
				_, _, err := l.Make(t.Context(), owner, id, l.pays("1000"), "key-1", 0)
				wantCode(t, err, payment.CodeTryLater)
				if _, err := l.grants.Delete(t.Context(), owner, id, false); err != nil {
					t.Fatal(err)
				}
				p := ask(t, l, id, l.payments.all()[0].ID)
				if wantStatus(t, p, payment.Failed); p.Failure.Code != payment.FailureNotMade || l.made() != 0 {
					t.Errorf("%s, %d made", describe(p), l.made())
				}
			})
		})
	}
	t.Run("never", func(t *testing.T) {
		t.Parallel()
		inBubble(t, func(t *testing.T, l *life) {
			id := l.granted(t, limited("5000"))
			l.sender.Fail(sandbox.OpCreateOutgoingPayment, sandbox.TooManyRequests(7*time.Second))
			_, _, err := l.Make(t.Context(), owner, id, l.pays("1000"), "key-1", 0)
			wantCode(t, err, payment.CodeTryLater)
			it := l.payments.all()[0]
			time.Sleep(24*time.Hour + time.Second)
			if r := l.Follow(t.Context(), it.ID); r.Kind != payment.FollowDecided {
				t.Errorf("%+v", r)
			}
			p, replayed, err := l.Make(t.Context(), owner, id, l.pays("1000"), "key-1", 0)
			wantCode(t, err, payment.CodePaymentFailed)
			if p.Failure.Code != payment.FailureNotMade || !replayed || l.made() != 0 {
				t.Errorf("%s", describe(p))
			}
		})
	})
}

func TestADeadTokenIsRotatedAndThePaymentSentOnceMore(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id := l.granted(t, limited("5000"))
		l.sender.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Status: 403, Body: `{"error":{"code":"403","description":"Inactive Token"}}`})
		wantStatus(t, l.mustMake(t, id, l.pays("1000"), "key-1"), payment.Completed)
		if s := l.sender.Stats(); s.Rotations != 1 || l.made() != 1 {
			t.Errorf("%d rotations, %d made", s.Rotations, l.made())
		}
	})
}
