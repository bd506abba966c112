package grant_test

import (
	"context"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

const day = 24 * time.Hour

func TestTheStoreKeepsWhatIsNotOver(t *testing.T) {
	for name, c := range map[string]struct {
		live func(l *life, t *testing.T, id string)
		keep time.Duration // after now; 0: for good
	}{
		"pending":  {func(*life, *testing.T, string) {}, 7*day - 5*time.Second},
		"rejected": {func(l *life, t *testing.T, id string) { _, _ = l.Finish(t.Context(), id, "result=grant_rejected") }, 30 * day},
		"processing": {func(l *life, t *testing.T, id string) {
			defer func() { _ = recover() }()
			l.wallet.during = func() { panic("crash") }
			l.finish(t, id)
		}, 7 * day},
		"granted": {func(l *life, t *testing.T, id string) { l.finish(t, id) }, 0},
		"failed": {func(l *life, t *testing.T, id string) {
			l.wallet.answer = func(string) error { return refused(401, "request_denied") }
			l.finish(t, id)
		}, 30 * day},
		"a cancel is owed": {func(l *life, t *testing.T, id string) {
			l.wallet.lost, l.wallet.cancelErr = true, errDown
			l.finish(t, id)
		}, 0},
		"rejected, then a good hash that was too early": {func(l *life, t *testing.T, id string) {
			_, _ = l.Finish(t.Context(), id, "result=grant_rejected")
			l.wallet.answer = func(string) error { return refused(400, "too_fast") }
			l.finish(t, id)
		}, 7 * day},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			id := l.asked(t).ID
			c.live(l, t, id)
			want := int64(0)
			if c.keep > 0 {
				want = l.clock.Now().Add(c.keep).Unix()
			}
			if got := l.store.stored(t, id).TTL; got != want {
				t.Errorf("kept until %d, want %d", got, want)
			}
		})
	}
}

func TestWhatIsOverHoldsNothingThatWorks(t *testing.T) {
	l := newLife(t)
	id, _ := l.granted(t)
	if it := l.store.stored(t, id); it.ConsentURL != "" || it.Token == "" {
		t.Errorf("granted, consent URL %q", it.ConsentURL)
	}
	l.clock.add(time.Hour)
	l.status(t, id)
	it := l.store.stored(t, id)
	if it.Status != grant.Failed || it.Token+it.ManageURI+it.ContinueToken+it.ContinueURI+it.ConsentURL != "" || it.Lease != nil {
		t.Errorf("%s keeps a secret", it.Status)
	}
}

func TestAnOwedRevocationBeatsAGoodHash(t *testing.T) {
	l := newLife(t)
	id := l.asked(t).ID
	l.store.change(t, id, func(it *grant.Item) { it.Ending = grant.Revoked })
	l.wallet.cancelErr = errDown
	_, err := l.Finish(t.Context(), id, "result=grant_rejected")
	wantCode(t, err, grant.CodeLinkNotValid)
	_, err = l.Token(t.Context(), owner, id, grant.TokenRequest{})
	wantCode(t, err, grant.CodeRevoked)
	l.wallet.cancelErr = nil
	wantReturn(t, l.finish(t, id), "error=revoked&status=failed")
	if l.wallet.sent() != 0 || l.status(t, id).Status != grant.Revoked {
		t.Errorf("%d sent", l.wallet.sent())
	}
}

func TestACancelThatAServerInTroubleRefusesIsStillOwed(t *testing.T) {
	l := newLife(t)
	id := l.asked(t).ID
	l.wallet.lost = true
	l.wallet.cancelErr = &opclient.Error{Status: 503, Code: "invalid_continuation", Err: opclient.ErrOutcomeUnknown}
	l.finish(t, id)
	if got := l.status(t, id).Status; got != grant.Processing {
		t.Errorf("status %s", got)
	}
}

func TestARejectionThatLosesTheRaceIsNotTold(t *testing.T) {
	l := newLife(t)
	id := l.asked(t).ID
	query := l.good(t, id, "ref-1")
	l.wallet.during = func() {
		_, err := l.Finish(t.Context(), id, "result=grant_rejected")
		wantCode(t, err, grant.CodeLinkNotValid)
	}
	if _, err := l.Finish(t.Context(), id, query); err != nil {
		t.Fatal(err)
	}
	// And the other way round: read as pending, granted before the write.
	id = l.asked(t).ID
	query = l.good(t, id, "ref-1")
	l.wallet.during = nil
	l.store.racing = func() {
		l.store.racing = nil
		if _, err := l.Finish(t.Context(), id, query); err != nil {
			t.Error(err)
		}
	}
	_, err := l.Finish(t.Context(), id, "result=grant_rejected")
	wantCode(t, err, grant.CodeLinkNotValid)
	if got := l.status(t, id).Status; got != grant.Granted {
		t.Errorf("status %s", got)
	}
}

func TestAChangeByAnotherIsNotTakenForOurOwn(t *testing.T) {
	l := newLife(t)
	id := l.asked(t).ID
	l.store.broken = failing(grant.Granted, 1)
	l.wallet.during = func() {
		// While the store stumbles, another ends the grant.
		l.store.racing = nil
		l.store.change(t, id, func(it *grant.Item) { it.Ending = grant.Revoked })
	}
	l.finish(t, id)
	if l.wallet.alive() != 0 {
		t.Error("a live token that nobody knows")
	}
	if got := l.status(t, id).Status; got == grant.Granted {
		t.Errorf("status %s", got)
	}
}

func TestAShortLifeIsPromisedButForATenth(t *testing.T) {
	l := newLife(t)
	id := l.asked(t).ID
	l.wallet.expires = l.clock.Now().Add(100 * time.Second)
	l.finish(t, id)
	if got, want := l.status(t, id).TokenExpiresAt, l.clock.Now().Add(90*time.Second); !got.Equal(want) {
		t.Errorf("promised until %s, want %s", got, want)
	}
}

func TestATokenWithoutAToldLifeIsHandedOutWithoutAPromise(t *testing.T) {
	l := newLife(t)
	l.wallet.expires = time.Time{}
	id, code := l.granted(t)
	answer, err := l.Token(t.Context(), owner, id, grant.TokenRequest{Code: code})
	if err != nil || answer.ExpiresAt != nil {
		t.Errorf("%+v, %v", answer, err)
	}
}

func TestWorkGoesOnWhenTheCallerLeaves(t *testing.T) {
	l := newLife(t)
	ctx, leave := context.WithCancel(t.Context())
	l.wallet.asking = leave
	r, err := l.Request(ctx, owner, grant.Request{WalletAddress: alice, ReturnURL: shop, Unlimited: true})
	if err != nil {
		t.Fatalf("request: %v", err)
	}
	l.clock.add(5 * time.Second)
	ctx, leave = context.WithCancel(t.Context())
	l.wallet.during = leave
	if _, err := l.Finish(ctx, r.ID, l.good(t, r.ID, "ref-1")); err != nil {
		t.Fatalf("finish: %v", err)
	}
	if got := l.status(t, r.ID).Status; got != grant.Granted {
		t.Errorf("status %s", got)
	}
}

func TestAnEndThatMayNotBeSavedIsSettledByTheNextTouch(t *testing.T) {
	inBubble(t, func(t *testing.T, l *life) {
		id := l.asked(t).ID
		query := l.good(t, id, "ref-1")
		l.wallet.lost = true
		l.wallet.during = func() { l.store.broken = failing(grant.Processing, 1<<30) }
		_, err := l.Finish(t.Context(), id, query)
		wantCode(t, err, grant.CodeStore)
		if l.wallet.cancels != 0 {
			t.Error("cancelled although the store may hold it")
		}
		l.store.broken = nil
		l.clock.add(time.Minute)
		if got := l.status(t, id).Status; got != grant.Failed || l.wallet.alive() != 0 {
			t.Errorf("one touch later: %s, %d live tokens", got, l.wallet.alive())
		}
	})
}
