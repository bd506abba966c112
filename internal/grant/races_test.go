package grant_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Two callers at once, and writes of which nobody knows whether they happened.

func TestNoTokenLeavesAfterDELETEWhenTwoClaimsRace(t *testing.T) {
	l := newLife(t)
	id, code := l.granted(t)
	l.wallet.cancelErr = errServerDown
	l.store.racing = func() {
		l.store.racing = nil
		if _, err := l.Token(t.Context(), owner, id, grant.TokenRequest{Code: code}); err != nil {
			t.Error(err)
		}
		_, _ = l.delete(t, id)
	}
	_, err := l.Token(t.Context(), owner, id, grant.TokenRequest{Code: code})
	wantCode(t, err, grant.CodeRevoked)
}

func TestTheLoserOfTwoClaimsGetsTheTokenToo(t *testing.T) {
	l := newLife(t)
	id, code := l.granted(t)
	l.store.racing = func() {
		l.store.racing = nil
		if _, err := l.Token(t.Context(), owner, id, grant.TokenRequest{Code: code}); err != nil {
			t.Error(err)
		}
	}
	if got, err := l.Token(t.Context(), owner, id, grant.TokenRequest{Code: code}); err != nil || got.AccessToken != "token-1" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAClaimedGrantIsNotClaimedAgain(t *testing.T) {
	l := newLife(t)
	id, code := l.granted(t)
	for i := range 3 {
		before := l.store.writes
		if _, err := l.Token(t.Context(), owner, id, grant.TokenRequest{Code: code}); err != nil {
			t.Fatal(err)
		}
		if n := l.store.writes - before; n > 1 || i > 0 && n != 0 {
			t.Errorf("call %d: %d writes", i+1, n)
		}
	}
}

func TestADELETEBesideOneThatForgetsDoesNotSay204(t *testing.T) {
	l := newLife(t)
	id, _ := l.claimed(t)
	l.wallet.cancelErr = refused(400, "invalid_client")
	l.wallet.cancelling = func() {
		l.clock.add(61 * time.Second) // the first one is slow, and overtaken
		if r, err := l.delete(t, id, true); err != nil || r.Result != grant.RevokedHereOnly {
			t.Errorf("%+v, %v", r, err)
		}
	}
	r, err := l.delete(t, id)
	if err != nil || r.Result != grant.RevokedHereOnly || r.Grant.Upstream != "unconfirmed" {
		t.Errorf("%+v, %v", r, err)
	}
	if l.wallet.alive() != 1 {
		t.Error("this test is about a grant that lives on")
	}
}

func TestTheLoserOfTwoDELETEsAtTheWalletIsConfirmedToo(t *testing.T) {
	for name, gone := range map[string]error{
		"401 invalid_continuation": refused(401, "invalid_continuation"),
		"404 unknown grant": &opclient.Error{Status: 404, Code: "invalid_request", Description: "unknown grant", GNAP: true,
			Err: opclient.ErrRefused},
	} {
		l := newLife(t)
		id, _ := l.claimed(t)
		l.wallet.cancelErr = gone
		if r, err := l.delete(t, id); err != nil || r.Result != grant.RevokedConfirmed {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

func TestWhatIsNo204AndNoGNAPErrorConfirmsNothing(t *testing.T) {
	for name, answer := range map[string]error{
		"200 with a web page":        &opclient.Error{Status: 200, Err: errors.Join(opclient.ErrInvalidAnswer, opclient.ErrOutcomeUnknown)},
		"404 from in front":          refused(404, ""),
		"404 invalid_request":        &opclient.Error{Status: 404, Code: "invalid_request", Description: "no such path", Err: opclient.ErrRefused},
		"429":                        refused(429, ""),
		"a 5xx in the same words":    &opclient.Error{Status: 503, Code: "invalid_continuation", Err: opclient.ErrOutcomeUnknown},
		"an error nobody thought of": errServerDown,
	} {
		l := newLife(t)
		id, _ := l.claimed(t)
		l.wallet.cancelErr = answer
		if r, err := l.delete(t, id); err == nil || r.Result != grant.RevocationPending {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		if l.store.stored(t, id).Ending != grant.Revoked {
			t.Errorf("%s: the end is not owed", name)
		}
	}
}

func TestTheReferenceIsNotSentAfterDELETE(t *testing.T) {
	for name, when := range map[string]func(l *life, during func()){
		"that comes before the write":         func(l *life, during func()) { l.store.interrupt = func() error { during(); return nil } },
		"that comes while the store stumbles": func(l *life, during func()) { l.store.interrupt = func() error { during(); return errDown } },
		"that comes after a write whose answer is lost": func(l *life, during func()) {
			l.store.after = func(it *grant.Item) error {
				if it.Status != grant.Processing || it.Ending != "" {
					return nil
				}
				l.store.after = nil
				l.store.mu.Unlock()
				defer l.store.mu.Lock()
				during()
				return errDown
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			id := l.asked(t).ID
			when(l, func() {
				l.store.interrupt = nil
				l.wallet.cancelErr = errServerDown // so that it stays ending
				_, _ = l.delete(t, id)
			})
			out, err := l.Finish(t.Context(), id, l.good(t, id, "ref-1"))
			if err == nil && out.Page != grant.PageMoment {
				wantReturn(t, out, "error=revoked&status=failed")
			}
			if l.wallet.sent() != 0 {
				t.Error("it was sent")
			}
		})
	}
}

func TestAGrantThatIsEndingGivesNoCode(t *testing.T) {
	l := newLife(t)
	id, _ := l.granted(t)
	l.wallet.cancelErr = errServerDown
	_, _ = l.delete(t, id)
	wantReturn(t, l.finish(t, id), "error=revoked&status=failed")
}

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

// slow makes a wallet's calls take their time, or until their context ends.
type slow struct {
	*wallet
	continues, rotates, cancels time.Duration
}

func pass(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return &opclient.Error{Err: errors.Join(opclient.ErrTimeout, opclient.ErrOutcomeUnknown, ctx.Err())}
	case <-time.After(d):
		return nil
	}
}

func (s slow) Continue(ctx context.Context, k opclient.Continue, ref string) (*opclient.Grant, error) {
	g, err := s.wallet.Continue(ctx, k, ref)
	return g, errors.Join(err, pass(ctx, s.continues))
}

func (s slow) Rotate(ctx context.Context, tk *opclient.Token) (*opclient.Token, error) {
	g, err := s.wallet.Rotate(ctx, tk)
	return g, errors.Join(err, pass(ctx, s.rotates))
}

func (s slow) Cancel(ctx context.Context, k opclient.Continue) error {
	if err := pass(ctx, s.cancels); err != nil {
		return err
	}
	return s.wallet.Cancel(ctx, k)
}

func TestASlowServerHasAllTheTimeThatSavingAndCancellingLeave(t *testing.T) {
	inBubble(t, func(t *testing.T, l *life) {
		l.Server = slow{wallet: l.wallet, continues: 18 * time.Second, rotates: 18 * time.Second}
		l.wallet.expires = l.clock.Now().Add(time.Hour)
		id := l.asked(t).ID
		l.finish(t, id)
		first, err := l.Token(t.Context(), owner, id, grant.TokenRequest{Code: codeOf(t, l, id)})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := l.token(t, id, first.AccessToken); err != nil || got.AccessToken == first.AccessToken {
			t.Errorf("%+v, %v", got, err)
		}
	})
}

func TestAServerThatNeverAnswersIsLeftInTime(t *testing.T) {
	for name, limit := range map[string]time.Duration{"by the service": grant.OperationTime, "by its caller": 20 * time.Second} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, l *life) {
				l.Server = slow{wallet: l.wallet, continues: time.Hour, rotates: time.Hour}
				ctx := t.Context()
				if limit < grant.OperationTime {
					c, cancel := context.WithTimeout(ctx, limit+5*time.Second)
					defer cancel()
					ctx = c
				}
				id := l.asked(t).ID
				began := l.clock.Now()
				out, err := l.Finish(ctx, id, l.good(t, id, "ref-1"))
				if err != nil {
					t.Fatal(err)
				}
				wantReturn(t, out, "error=outcome_unknown&status=failed")
				if took := l.clock.Now().Sub(began); took > limit || l.wallet.alive() != 0 {
					t.Errorf("took %s, %d live tokens", took, l.wallet.alive())
				}
			})
		})
	}
}

// stuck is a server whose calls never return, whatever their context says.
type stuck struct {
	*wallet
	release chan struct{}
}

func (s stuck) Rotate(context.Context, *opclient.Token) (*opclient.Token, error) {
	<-s.release
	return nil, errServerDown
}

func TestATurnOfTheScheduleEndsThoughACallNeverReturns(t *testing.T) {
	inBubble(t, func(t *testing.T, l *life) {
		id := l.monthly(t)
		l.clock.add(20 * day)
		server := stuck{l.wallet, make(chan struct{})}
		defer close(server.release)
		l.Server = server
		began := l.clock.Now()
		r := l.Keep(t.Context(), id, 0)
		if took := l.clock.Now().Sub(began); took > grant.OperationTime || r.Kind != grant.KeepFailedHost || r.Host != "auth.wallet.example" {
			t.Errorf("%+v after %s", r, took)
		}
		if it := l.store.stored(t, id); it.Status != grant.Granted || it.Due.Time().Before(l.clock.Now()) {
			t.Errorf("%s, due %s", it.Status, it.Due.Time())
		}
	})
}

func TestAllThatIsUsedHasADeadline(t *testing.T) {
	for _, op := range operations() {
		t.Run(op.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newLifeAt(&clock{bubble: true})
				l.Service.Store, l.Server = watchedStore{l.store, t}, watchedServer{l.wallet, t}
				id := op.setUp(t, l)
				op.call(t, l, id)
				_, _ = l.Request(t.Context(), owner, keyed("k"))
			})
		})
	}
}

func mustEnd(ctx context.Context, t *testing.T) {
	t.Helper()
	d, ok := ctx.Deadline()
	if left := time.Until(d); !ok || left > grant.OperationTime {
		t.Errorf("used with a deadline: %t, in %s", ok, left)
	}
}

type watchedStore struct {
	grant.Store
	t *testing.T
}

func (w watchedStore) Create(ctx context.Context, it *grant.Item) error {
	mustEnd(ctx, w.t)
	return w.Store.Create(ctx, it)
}

func (w watchedStore) Get(ctx context.Context, id string) (*grant.Item, error) {
	mustEnd(ctx, w.t)
	return w.Store.Get(ctx, id)
}

func (w watchedStore) Update(ctx context.Context, it *grant.Item) error {
	mustEnd(ctx, w.t)
	return w.Store.Update(ctx, it)
}

type watchedServer struct {
	*wallet
	t *testing.T
}

func (w watchedServer) WalletAddress(ctx context.Context, url string) (*opclient.WalletAddress, error) {
	mustEnd(ctx, w.t)
	return w.wallet.WalletAddress(ctx, url)
}

func (w watchedServer) RequestGrant(ctx context.Context, server string, r opclient.GrantRequest) (*opclient.Grant, error) {
	mustEnd(ctx, w.t)
	return w.wallet.RequestGrant(ctx, server, r)
}

func (w watchedServer) Continue(ctx context.Context, k opclient.Continue, ref string) (*opclient.Grant, error) {
	mustEnd(ctx, w.t)
	return w.wallet.Continue(ctx, k, ref)
}

func (w watchedServer) Poll(ctx context.Context, k opclient.Continue) (*opclient.Grant, error) {
	mustEnd(ctx, w.t)
	return w.wallet.Poll(ctx, k)
}

func (w watchedServer) Cancel(ctx context.Context, k opclient.Continue) error {
	mustEnd(ctx, w.t)
	return w.wallet.Cancel(ctx, k)
}

func (w watchedServer) Rotate(ctx context.Context, tk *opclient.Token) (*opclient.Token, error) {
	mustEnd(ctx, w.t)
	return w.wallet.Rotate(ctx, tk)
}

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
