package grant_test

import (
	"errors"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
)

// A payment takes off only from a grant that is claimed and not ending, and has no other
// payment in flight. See rule 13 in ARCHITECTURE.md.
func TestWhenAPaymentMayBegin(t *testing.T) {
	mine := grant.Flight{Payment: "p1", Quote: "q1", Lease: "l1"}
	for name, c := range map[string]struct {
		change func(it *grant.Item) // by another, after the caller has read the grant
		want   grant.BeginResult
	}{
		"free":                           {nil, grant.Begun},
		"another change":                 {func(it *grant.Item) { it.Reference = "x" }, grant.Begun},
		"another payment in flight":      {func(it *grant.Item) { it.Flight = &grant.Flight{Payment: "p2", Lease: "l2"} }, grant.NotFree},
		"an earlier try of this payment": {func(it *grant.Item) { it.Flight = &grant.Flight{Payment: "p1", Lease: "l0"} }, grant.BegunBefore},
		"this very try":                  {func(it *grant.Item) { f := mine; it.Flight = &f }, grant.Begun},
		"DELETE was asked":               {func(it *grant.Item) { it.Ending = grant.Revoked }, grant.NotPayable},
		"it has ended":                   {func(it *grant.Item) { it.Status = grant.Revoked }, grant.NotPayable},
		"it was not claimed":             {func(it *grant.Item) { it.Claimed = false }, grant.NotPayable},
		"another key's checkout":         {func(it *grant.Item) { it.Checkout = &grant.Checkout{Payment: "p2"} }, grant.NotFree},
		"a rotation that ends": {func(it *grant.Item) {
			it.Lease = &grant.Lease{ID: "r", Until: grant.At(time.Now().Add(time.Minute))}
		}, grant.Begun},
		"a rotation that does not end": {func(it *grant.Item) {
			it.Lease = &grant.Lease{ID: "r", Until: grant.At(time.Now().Add(time.Hour))}
		}, grant.NotPayable},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, l *life) {
				id, _ := l.claimed(t)
				it := l.store.stored(t, id)
				if c.change != nil {
					l.store.change(t, id, c.change)
				}
				if name == "a rotation that ends" {
					go func() {
						time.Sleep(2 * time.Second)
						l.store.change(t, id, func(it *grant.Item) { it.Lease = nil })
					}()
				}
				got, stored, err := l.BeginPayment(t.Context(), it, mine)
				if got != c.want {
					t.Fatalf("%d, %v, want %d", got, err, c.want)
				}
				flies := l.store.stored(t, id).Flight
				if (got == grant.Begun) != (flies != nil && flies.Lease == mine.Lease) {
					t.Errorf("stored %+v", flies)
				}
				if got == grant.Begun && stored.Flight.Payment != "p1" {
					t.Errorf("returned %+v", stored.Flight)
				}
			})
		})
	}
}

func TestAPaymentWhoseBeginningIsUnknownMayBeStored(t *testing.T) {
	inBubble(t, func(t *testing.T, l *life) {
		id, _ := l.claimed(t)
		it := l.store.stored(t, id)
		l.store.broken = func(*grant.Item) error { return errDown }
		got, _, err := l.BeginPayment(t.Context(), it, grant.Flight{Payment: "p1", Lease: "l1"})
		var e *grant.Error
		if got != grant.BeginUnknown || !errors.As(err, &e) || e.Code != grant.CodeStore {
			t.Errorf("%d, %v", got, err)
		}
	})
}

func TestLandFreesOnlyItsOwnFlight(t *testing.T) {
	inBubble(t, func(t *testing.T, l *life) {
		id, _ := l.claimed(t)
		l.store.change(t, id, func(it *grant.Item) {
			it.Flight = &grant.Flight{Payment: "p1", Lease: "l1", Until: grant.At(time.Now().Add(time.Hour))}
		})
		if err := l.FinishPayment(t.Context(), id, "p2", true); err != nil || l.store.stored(t, id).Flight == nil {
			t.Errorf("another payment's: %v", err)
		}
		if err := l.FinishPayment(t.Context(), id, "p1", true); err != nil || l.store.stored(t, id).Flight != nil {
			t.Errorf("its own: %v", err)
		}
		if err := l.FinishPayment(t.Context(), "gone", "p1", true); err != nil {
			t.Errorf("a grant that is gone: %v", err)
		}
	})
}

func TestClaim(t *testing.T) {
	inBubble(t, func(t *testing.T, l *life) {
		id, code := l.granted(t)
		_, err := l.Claim(t.Context(), owner, id, "")
		wantCode(t, err, grant.CodeCodeRequired)
		_, err = l.Claim(t.Context(), owner, id, "wrong")
		wantCode(t, err, grant.CodeWrongCode)
		_, err = l.Claim(t.Context(), "another", id, code)
		wantCode(t, err, grant.CodeNotFound)
		for range 2 {
			r, err := l.Claim(t.Context(), owner, id, code)
			if err != nil || !r.Claimed {
				t.Fatalf("%+v, %v", r, err)
			}
		}
		if _, err := l.Claim(t.Context(), owner, id, ""); err != nil {
			t.Errorf("claimed already: %v", err)
		}
		_, err = l.Claim(t.Context(), owner, id, "wrong")
		wantCode(t, err, grant.CodeWrongCode)
	})
}

func TestWhatARequestAsksForIsSaidOnce(t *testing.T) {
	limits, pay := &grant.LimitsRequest{}, &grant.CheckoutRequest{To: "https://shop.example/shop"}
	for name, r := range map[string]grant.Request{
		"nothing":               {},
		"actions only":          {Actions: []string{"create"}},
		"limits and unlimited":  {Limits: limits, Unlimited: true},
		"limits and payment":    {Limits: limits, Payment: pay},
		"payment and unlimited": {Payment: pay, Unlimited: true},
		"payment and subject":   {Payment: pay, Subject: true},
		"payment and actions":   {Payment: pay, Actions: []string{"create"}},
		"payment and quote":     {Payment: pay, Quote: true},
		"subject and unlimited": {Subject: true, Unlimited: true},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			r.WalletAddress, r.ReturnURL = alice, shop
			_, err := l.Request(t.Context(), owner, r)
			wantCode(t, err, grant.CodeInvalid)
		})
	}
}

// A version that knows no payments ends a grant although a payment is in flight. When the
// payment is decided, there is nothing left to free.
func TestAGrantThatAnOlderVersionHasEndedNeedsNotBeFreed(t *testing.T) {
	inBubble(t, func(t *testing.T, l *life) {
		id, _ := l.claimed(t)
		l.store.change(t, id, func(it *grant.Item) {
			it.Flight, it.Status, it.Token = &grant.Flight{Payment: "p1", Lease: "l1"}, grant.Revoked, ""
		})
		if err := l.FinishPayment(t.Context(), id, "p1", true); err != nil {
			t.Error(err)
		}
		if it := l.store.stored(t, id); it.Status != grant.Revoked {
			t.Errorf("it is %s", it.Status)
		}
	})
}
