package grant_test

import (
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
)

// What a caller may do whose write is lost or unknown.

func TestTheSameChangeUnderAnotherLeaseIsNotOurs(t *testing.T) {
	l := newLife(t)
	id := l.asked(t).ID
	query := l.good(t, id, "ref-1")
	l.store.interrupt = func() error {
		l.store.interrupt = nil
		defer func() { _ = recover(); l.wallet.during = nil }()
		l.wallet.during = func() { panic("crash") } // the other one has its write, and is gone
		_, _ = l.Finish(t.Context(), id, query)
		return nil
	}
	out, err := l.Finish(t.Context(), id, query)
	if err != nil || out.Page != grant.PageMoment || l.wallet.sent() != 1 {
		t.Errorf("%+v, %v, sent %d times", out, err, l.wallet.sent())
	}
}

// What the store may hold is not cancelled.

func TestATokenThatWasSavedThoughNobodyKnowsIsKept(t *testing.T) {
	for name, status := range map[string]grant.Status{"a continuation": grant.Granted, "a rotation": grant.Granted} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, l *life) {
				id := l.asked(t).ID
				rotation := name == "a rotation"
				if rotation {
					l.finish(t, id)
					if _, err := l.Token(t.Context(), owner, id, grant.TokenRequest{Code: codeOf(t, l, id)}); err != nil {
						t.Fatal(err)
					}
				}
				query := l.good(t, id, "ref-1")
				l.store.after = func(it *grant.Item) error {
					if it.Status != status || it.Lease != nil {
						return nil
					}
					l.store.broken = func(*grant.Item) error { return errDown }
					l.store.deaf = func() error { return errDown }
					return errDown
				}
				var err error
				if rotation {
					_, err = l.token(t, id, "token-1")
				} else {
					_, err = l.Finish(t.Context(), id, query)
				}
				wantCode(t, err, grant.CodeStore)
				l.store.after, l.store.broken, l.store.deaf = nil, nil, nil
				if l.wallet.cancels != 0 {
					t.Errorf("%d cancels", l.wallet.cancels)
				}
				if !rotation {
					wantReturn(t, l.finish(t, id), "code="+codeOf(t, l, id)+"&status=granted")
				}
				if got, err := l.Token(t.Context(), owner, id, grant.TokenRequest{Code: codeOf(t, l, id)}); err != nil || !l.wallet.works(got.AccessToken) {
					t.Errorf("%+v, %v", got, err)
				}
			})
		})
	}
}

func TestAConflictWhoseCauseCannotBeReadIsUnknown(t *testing.T) {
	inBubble(t, func(t *testing.T, l *life) {
		id := l.asked(t).ID
		l.store.after = func(it *grant.Item) error { // the write happens, its repetition conflicts, and reading fails
			if it.Status != grant.Granted {
				return nil
			}
			l.store.after = nil
			l.store.deaf = func() error { return errDown }
			return errDown
		}
		_, err := l.Finish(t.Context(), id, l.good(t, id, "ref-1"))
		wantCode(t, err, grant.CodeStore)
		l.store.deaf = nil
		if l.wallet.cancels != 0 || l.status(t, id).Status != grant.Granted {
			t.Errorf("%d cancels", l.wallet.cancels)
		}
	})
}

func TestAGrantThatMayBeStoredIsFoundByItsKey(t *testing.T) {
	inBubble(t, func(t *testing.T, l *life) {
		l.store.after = func(it *grant.Item) error {
			if it.Status != grant.Pending {
				return nil
			}
			l.store.broken = func(*grant.Item) error { return errDown }
			l.store.deaf = func() error { return errDown }
			return errDown
		}
		_, err := l.Request(t.Context(), owner, keyed("k"))
		wantCode(t, err, grant.CodeStore)
		l.store.after, l.store.broken, l.store.deaf = nil, nil, nil
		if l.wallet.cancels != 0 {
			t.Errorf("%d cancels", l.wallet.cancels)
		}
		if r, err := l.Request(t.Context(), owner, keyed("k")); err != nil || !r.Replayed || r.ConsentURL == "" {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

func TestAKeyWhoseRequestMayBeStoredStaysReserved(t *testing.T) {
	inBubble(t, func(t *testing.T, l *life) {
		l.store.broken = failing(grant.Pending, 1<<30)
		_, err := l.Request(t.Context(), owner, keyed("k"))
		wantCode(t, err, grant.CodeStore)
		l.store.broken = nil
		_, err = l.Request(t.Context(), owner, keyed("k"))
		wantCode(t, err, grant.CodeInFlight)
		l.clock.add(time.Minute)
		if r, err := l.Request(t.Context(), owner, keyed("k")); err != nil || r.Replayed {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// A token that comes after the end is cancelled, whatever it takes.

func TestATokenThatComesTooLateIsOwedACancelUntilItSucceeds(t *testing.T) {
	l := newLife(t)
	id := l.asked(t).ID
	l.wallet.during = func() {
		l.wallet.during = nil
		l.clock.add(time.Minute) // longer than the lease
		l.status(t, id)          // somebody takes over, cancels and closes
		l.wallet.cancelErr = errServerDown
	}
	wantReturn(t, l.finish(t, id), "error=outcome_unknown&status=failed")
	if it := l.store.stored(t, id); it.Ending != grant.Failed || it.Due == 0 || it.ContinueURI == "" || l.wallet.alive() != 1 {
		t.Fatalf("%s, ending %q, %d live tokens", it.Status, it.Ending, l.wallet.alive())
	}
	l.wallet.cancelErr = nil
	if r, err := l.delete(t, id); err != nil || r.Result != grant.RevokedConfirmed || l.wallet.alive() != 0 {
		t.Errorf("%+v, %v, %d live tokens", r, err, l.wallet.alive())
	}
}

func TestARotationThatComesTooLateIsCancelled(t *testing.T) {
	l := newLife(t)
	id, first := l.claimed(t)
	l.wallet.rotating = func(n int) error {
		if n == 1 { // longer than the lease: another rotates before the server answers us
			l.clock.add(time.Minute)
			got, err := l.token(t, id, first.AccessToken)
			if err != nil || !l.wallet.works(got.AccessToken) {
				t.Errorf("%+v, %v", got, err)
			}
			l.wallet.manage = authServer + "token/1" // a server that rotates twice
		}
		return nil
	}
	_, err := l.token(t, id, first.AccessToken)
	wantCode(t, err, grant.CodeFailed)
	if got := l.status(t, id); got.Failure.Code != grant.FailureTokenLost || l.wallet.alive() != 0 {
		t.Errorf("%+v, %d live tokens", got, l.wallet.alive())
	}
}

func TestATokenWithoutConsentThatCannotBeCancelledIsOwed(t *testing.T) {
	for _, both := range []bool{false, true} {
		l := newLife(t)
		l.wallet.immediate, l.wallet.both = true, both
		l.wallet.cancelErr = errServerDown
		_, err := l.Request(t.Context(), owner, grant.Request{WalletAddress: alice, ReturnURL: shop, Unlimited: true})
		wantCode(t, err, grant.CodeNotInteractive)
		l.wallet.cancelErr = nil
		l.clock.add(time.Hour)
		if r := l.keep(t); r != (keepReport{Settled: 1}) || l.wallet.alive() != 0 {
			t.Errorf("%+v, %d live tokens", r, l.wallet.alive())
		}
	}
}

func TestATokenBesideAConsentPageIsGivenBack(t *testing.T) {
	l := newLife(t)
	l.wallet.immediate, l.wallet.both = true, true
	_, err := l.Request(t.Context(), owner, grant.Request{WalletAddress: alice, ReturnURL: shop, Unlimited: true})
	wantCode(t, err, grant.CodeNotInteractive)
	if l.wallet.alive() != 0 || l.wallet.cancels != 1 || len(l.store.items) != 0 {
		t.Errorf("%d live tokens, %d items", l.wallet.alive(), len(l.store.items))
	}
}

// Time.

func TestAChangeThatLeavesTheLeaseDoesNotLoseTheToken(t *testing.T) {
	l := newLife(t)
	id := l.asked(t).ID
	change := func() { l.store.change(t, id, func(it *grant.Item) { it.Reference += "x" }) }
	l.wallet.during = change
	l.finish(t, id)
	first, err := l.Token(t.Context(), owner, id, grant.TokenRequest{Code: codeOf(t, l, id)})
	if err != nil {
		t.Fatal(err)
	}
	l.wallet.rotating = func(int) error { change(); return nil }
	got, err := l.token(t, id, first.AccessToken)
	if err != nil || !l.wallet.works(got.AccessToken) || l.wallet.cancels != 0 || l.wallet.rotations != 1 {
		t.Errorf("%+v, %v, %d cancels, %d rotations", got, err, l.wallet.cancels, l.wallet.rotations)
	}
	if it := l.store.stored(t, id); it.Reference != "xx" || it.Lease != nil {
		t.Errorf("reference %q: another's change is lost", it.Reference)
	}
}
