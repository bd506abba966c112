package payment_test

import (
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// asksOnce makes an operation of the wallet slow.
func (l *life) slow(op sandbox.Op, delay time.Duration) {
	l.sender.Fail(op, sandbox.Fault{Delay: delay})
}

func TestNothingIsSentTooLate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		slow func(l *life)
		code string
		sent int
	}{
		"the rotation took 7 s":          {func(l *life) { time.Sleep(11 * time.Minute); l.slow(sandbox.OpRotate, 7*time.Second) }, "", 1},
		"the rotation took 8 s":          {func(l *life) { time.Sleep(11 * time.Minute); l.slow(sandbox.OpRotate, 8*time.Second) }, grant.CodeBusy, 0},
		"the quote took 16 s":            {func(l *life) { l.slow(sandbox.OpCreateQuote, 16*time.Second) }, "", 1},
		"the quote took 17 s":            {func(l *life) { l.slow(sandbox.OpCreateQuote, 17*time.Second) }, grant.CodeWalletTimeout, 0},
		"the incoming payment took 17 s": {func(l *life) { l.slow(sandbox.OpCreateIncomingPayment, 17*time.Second) }, grant.CodeWalletTimeout, 0},
		"the receiver's grant took 18 s": {func(l *life) { l.slow(sandbox.OpGrant, 18*time.Second) }, grant.CodeWalletTimeout, 0},
		"the quote has 14 s left": {func(l *life) {
			l.sender.Fail(sandbox.OpCreateQuote, sandbox.Fault{Edit: map[string]string{"expiresAt": stamp(14 * time.Second)}})
		}, grant.CodeWalletTimeout, 0},
		"the quote has 16 s left": {func(l *life) {
			l.sender.Fail(sandbox.OpCreateQuote, sandbox.Fault{Edit: map[string]string{"expiresAt": stamp(16 * time.Second)}})
		}, "", 1},
		"the lease has 14 s left": {func(l *life) { l.Lease = 14 * time.Second }, grant.CodeWalletTimeout, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, l *life) {
				id := l.granted(t, limited("5000"))
				c.slow(l)
				began := time.Now()
				p, _, err := l.Make(t.Context(), owner, id, l.pays("1000"), "key-1", 5*time.Second)
				if c.code == "" {
					if err != nil || p.Status != payment.Completed {
						t.Errorf("%s, %v", describe(p), err)
					}
				} else {
					wantCode(t, err, c.code)
				}
				if n := l.net.count("POST /op/outgoing-payments"); n != c.sent {
					t.Errorf("%d sent, want %d", n, c.sent)
				}
				if took := time.Since(began); took > 27*time.Second {
					t.Errorf("it took %s", took)
				}
				if c.code == "" {
					return
				}
				if l.items.look(t, id).Flight != nil {
					t.Error("the grant is not free")
				}
				l.Lease = 0
				time.Sleep(time.Minute)
				wantStatus(t, l.mustMake(t, id, l.pays("1000"), "key-1"), payment.Completed)
			})
		})
	}
}

func stamp(left time.Duration) string {
	return `"` + time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(left).Format(time.RFC3339) + `"`
}

// A POST whose answer does not come ends by 24 s, the wait by 25, and the outcome is
// saved by 27.
func TestAPOSTWithoutAnAnswerIsSavedInTime(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id := l.granted(t, limited("5000"))
		l.slow(sandbox.OpCreateQuote, 16*time.Second)
		l.sender.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Hang: true, Act: true})
		began := time.Now()
		p, _, err := l.Make(t.Context(), owner, id, l.pays("1000"), "key-1", 15*time.Second)
		if took := time.Since(began); err != nil || took < 24*time.Second || took > 25*time.Second {
			t.Fatalf("%v after %s", err, took)
		}
		if it := l.payments.look(t, p.ID); it.Lease != nil || it.Status == payment.Processing && !it.Sought {
			t.Errorf("stored %s, sought %v, leased %v", it.Status, it.Sought, it.Lease != nil)
		}
		wantStatus(t, l.read(t, p), payment.Completed)
	})
}

// Rule 11: a grant with a payment in flight is not cancelled, and no touch does it.
func TestDELETEWaitsForThePaymentInFlight(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id := l.granted(t, limited("5000"))
		if err := l.sender.Behave(l.alice, sandbox.Behavior{Kind: sandbox.PaymentLate, Times: 1}); err != nil {
			t.Fatal(err)
		}
		p := l.mustMake(t, id, l.pays("1000"), "key-1")
		wantStatus(t, p, payment.Processing)
		pending := func() {
			t.Helper()
			r, err := l.grants.Delete(t.Context(), owner, id, true)
			if err != nil || r.Result != grant.RevocationPending || r.Owed.Code != grant.CodeBusy || r.Owed.RetryAfter == 0 {
				t.Errorf("%+v, %v", r, err)
			}
			l.grants.Keep(t.Context(), id, 0)
			if _, err := l.grants.Get(t.Context(), owner, id); err != nil {
				t.Error(err)
			}
			if n := l.sender.Stats().Cancels; n != 0 {
				t.Errorf("%d cancels", n)
			}
		}
		pending()
		if _, err := l.grants.Token(t.Context(), owner, id, grant.TokenRequest{}); err == nil {
			t.Error("a token leaves a grant that is being revoked")
		}
		_, _, err := l.Make(t.Context(), owner, id, l.pays("1000"), "key-2", 0)
		wantCode(t, err, grant.CodeRevoked)
		time.Sleep(4 * time.Minute)
		pending()
		time.Sleep(time.Minute + 5*time.Second) // it was made after its quote had expired
		l.Follow(t.Context(), p.ID)
		if r, err := l.grants.Delete(t.Context(), owner, id, false); err != nil || r.Result != grant.RevokedConfirmed {
			t.Errorf("%+v, %v", r, err)
		}
		wantStatus(t, l.read(t, p), payment.Completed)
	})
}

// Until then its rotations go on: the token lives for ten minutes, less than the wait.
func TestThePaymentIsLookedForWithAFreshTokenAfterDELETE(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id := l.granted(t, limited("5000"))
		time.Sleep(8 * time.Minute)
		l.sender.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Status: 500, Act: true, Body: "oops"})
		l.sender.Fail(sandbox.OpReadIncomingPayment, sandbox.Fault{Status: 500, Times: 1000})
		p := l.mustMake(t, id, l.pays("1000"), "key-1")
		if p.Status == payment.Processing { // the receiver is mute, the sender found it at once
			t.Fatalf("%s", describe(p))
		}
		l.payments.change(t, p.ID, func(it *payment.Item) { it.Status, it.Sought, it.Outgoing = payment.Processing, true, "" })
		l.items.change(t, id, func(it *grant.Item) {
			it.Flight = &grant.Flight{Payment: p.ID, Quote: "q", Lease: "l", Until: grant.At(time.Now().Add(10 * time.Minute))}
		})
		if r, err := l.grants.Delete(t.Context(), owner, id, false); err != nil || r.Result != grant.RevocationPending {
			t.Fatalf("%+v, %v", r, err)
		}
		time.Sleep(3 * time.Minute) // the token has expired
		before := l.sender.Stats().Rotations
		l.Follow(t.Context(), p.ID)
		if it := l.payments.look(t, p.ID); it.Status != payment.Pending || l.sender.Stats().Rotations != before+1 {
			t.Errorf("%s after %d rotations\n%s", it.Status, l.sender.Stats().Rotations-before, l.logged)
		}
		if r, err := l.grants.Delete(t.Context(), owner, id, false); err != nil || r.Result != grant.RevokedConfirmed {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestDELETEIsDoneFiveMinutesAfterTheQuoteWhateverBecameOfThePayment(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id := l.granted(t, limited("5000"))
		if err := l.sender.Behave(l.alice, sandbox.Behavior{Kind: sandbox.LockedGrant, Times: 1}); err != nil {
			t.Fatal(err)
		}
		l.mustMake(t, id, l.pays("1000"), "key-1")
		if r, err := l.grants.Delete(t.Context(), owner, id, false); err != nil || r.Result != grant.RevocationPending {
			t.Fatalf("%+v, %v", r, err)
		}
		due := l.items.look(t, id).Due.Time()
		if until := time.Date(2000, 1, 1, 0, 10, 0, 0, time.UTC); due.Before(until) || due.After(until.Add(time.Minute)) {
			t.Errorf("due at %s", due)
		}
		time.Sleep(time.Until(due))
		if r := l.grants.Keep(t.Context(), id, 0); r.Kind != grant.KeepEnded {
			t.Errorf("%+v", r)
		}
		if it := l.items.look(t, id); it.Status != grant.Revoked || l.sender.Stats().Cancels != 1 {
			t.Errorf("%s, %d cancels", it.Status, l.sender.Stats().Cancels)
		}
	})
}

func TestAnUnclaimedOrEndedGrantPaysNothing(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		id, code := l.consented(t, limited("5000"))
		_, _, err := l.Make(t.Context(), owner, id, l.pays("1000"), "key-1", 0)
		wantCode(t, err, grant.CodeCodeRequired)
		r := l.pays("1000")
		r.Code = "wrong"
		_, _, err = l.Make(t.Context(), owner, id, r, "key-1", 0)
		wantCode(t, err, grant.CodeWrongCode)
		if len(l.payments.all()) != 0 {
			t.Error("a wrong code reserves the key")
		}
		r = payment.Request{To: l.stall, ReceiveAmount: amount("1000"), Code: code}
		_, _, err = l.Make(t.Context(), owner, id, r, "key-1", 0)
		wantCode(t, err, payment.CodePayeeNotAllowed)
		if l.items.look(t, id).Claimed {
			t.Error("a 422 claims the grant")
		}
		if _, _, err := l.Make(t.Context(), "another", id, l.pays("1000"), "key-1", 0); err == nil {
			t.Error("another owner pays")
		}
		r = l.pays("1000")
		r.Code = code
		p := l.mustMake(t, id, r, "key-1")
		wantStatus(t, p, payment.Completed)
		if d, err := l.grants.Delete(t.Context(), owner, id, false); err != nil || d.Result != grant.RevokedConfirmed {
			t.Fatalf("%+v, %v", d, err)
		}
		_, _, err = l.Make(t.Context(), owner, id, l.pays("1000"), "key-2", 0)
		wantCode(t, err, grant.CodeRevoked)
		again, replayed, err := l.Make(t.Context(), owner, id, l.pays("1000"), "key-1", 0)
		if err != nil || !replayed || again.ID != p.ID { // whatever became of the grant
			t.Errorf("%s, %v", describe(again), err)
		}
		delete(l.items.rows, id)
		if again, _, err = l.Make(t.Context(), owner, id, l.pays("1000"), "key-1", 0); err != nil || again.ID != p.ID {
			t.Errorf("%s, %v", describe(again), err)
		}
		_, _, err = l.Make(t.Context(), owner, "another", l.pays("1000"), "key-1", 0)
		wantCode(t, err, grant.CodeKeyReused)
		_, _, err = l.Make(t.Context(), owner, id, l.pays("1001"), "key-1", 0)
		wantCode(t, err, grant.CodeKeyReused)
		_, _, err = l.Make(t.Context(), owner, id, l.pays("1000"), "", 0)
		wantCode(t, err, payment.CodeKeyRequired)
		if l.made() != 1 {
			t.Errorf("%d made", l.made())
		}
	})
}

func TestAGrantWithoutReadIsNotPaidFrom(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		r := limited("5000")
		r.Actions = []string{"create", "list"}
		id, code := l.consented(t, r)
		p := l.pays("1000")
		p.Code = code
		l.net.forget()
		_, _, err := l.Make(t.Context(), owner, id, p, "key-1", 0)
		wantCode(t, err, payment.CodeNotPayable)
		if l.net.count("POST") != 0 || l.items.look(t, id).Claimed {
			t.Error("something was sent, or the grant claimed")
		}
	})
}

func TestPayees(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		payees  []string
		to      string // "shop", "stall", "receiver" that was asked for, "invoice" that was not
		allowed bool
	}{
		"the own address, without PAYEES":       {nil, "shop", true},
		"another address, without PAYEES":       {nil, "stall", false},
		"limits.receiver, without PAYEES":       {nil, "receiver", true},
		"an incoming payment, without PAYEES":   {nil, "invoice", false},
		"a listed address":                      {[]string{"http://wallet.example/stall"}, "stall", true},
		"a listed address, spelled differently": {[]string{"http://WALLET.example:80/stall"}, "stall", true},
		"the own address beside a list":         {[]string{"http://wallet.example/stall"}, "shop", true},
		"an address that is not listed":         {[]string{"http://wallet.example/alice"}, "stall", false},
		"a prefix of a listed address":          {[]string{"http://wallet.example/stall/2"}, "stall", false},
		"limits.receiver beside a list":         {[]string{"http://wallet.example/stall"}, "receiver", false},
		"an incoming payment beside a list":     {[]string{"http://wallet.example/stall"}, "invoice", false},
		"any address":                           {[]string{"*"}, "stall", true},
		"any incoming payment":                  {[]string{"*"}, "invoice", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, l *life) {
				l.Payees = c.payees
				asked, other := l.invoice(t, "1000"), l.invoice(t, "1000")
				r := limited("5000")
				to := map[string]string{"shop": l.shop, "stall": l.stall, "receiver": asked, "invoice": other}[c.to]
				if c.to == "receiver" {
					r.Limits.Receiver = asked
				}
				id := l.granted(t, r)
				p := payment.Request{To: to, ReceiveAmount: whole("1000")}
				got, _, err := l.Make(t.Context(), owner, id, p, "key-1", 5*time.Second)
				if !c.allowed {
					e := wantCode(t, err, payment.CodePayeeNotAllowed)
					if !strings.Contains(e.Detail, "PAYEES") || l.made() != 0 {
						t.Errorf("%s, %d made", e.Detail, l.made())
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				wantStatus(t, got, payment.Completed)
				if shared := c.to == "receiver" || c.to == "invoice"; got.ReceiverShared != shared {
					t.Errorf("shared %v", got.ReceiverShared)
				}
			})
		})
	}
}

// What the server answers as the grant's receiver is not what the user was asked for.
func TestTheReceiverThatTheServerAnswersIsNotAllowed(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		mine, theirs := l.invoice(t, "1000"), l.invoice(t, "1000")
		r := limited("5000")
		r.Limits.Receiver = mine
		l.sender.Fail(sandbox.OpContinue, sandbox.Fault{Edit: map[string]string{"access_token.access.0.limits.receiver": `"` + theirs + `"`}})
		id := l.granted(t, r)
		_, _, err := l.Make(t.Context(), owner, id, payment.Request{To: theirs, ReceiveAmount: whole("1000")}, "key-1", 0)
		wantCode(t, err, payment.CodePayeeNotAllowed)
	})
}

func TestCheckoutsGoToPayeesOnly(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, l *life) {
		r := grant.Request{WalletAddress: l.alice, ReturnURL: returnURL, Payment: &grant.CheckoutRequest{To: l.stall, ReceiveAmount: amount("1000")}}
		id := l.checkout(t, *r.Payment) // the user consents to it
		l.Payees = []string{l.alice}
		_, err := l.grants.Request(t.Context(), owner, r)
		wantCode(t, err, payment.CodePayeeNotAllowed)
		_, _, err = l.Make(t.Context(), owner, id, payment.Request{}, "key-1", 0)
		wantCode(t, err, payment.CodePayeeNotAllowed)
		l.Payees = nil
		wantStatus(t, l.mustMake(t, id, payment.Request{}, "key-1"), payment.Completed)
	})
}

// invoice is an incoming payment that somebody else has made at the stall.
func (l *life) invoice(t *testing.T, value string) string {
	t.Helper()
	l.Payees, l.net.answer = append([]string{}, l.Payees...), nil
	saved := l.Payees
	l.Payees = []string{"*"}
	defer func() { l.Payees = saved }()
	c, err := l.PrepareCheckout(t.Context(), l.address(t, l.alice), grant.CheckoutRequest{To: l.stall, ReceiveAmount: amount(value)}, time.Now().Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return c.Receiver
}
