package grant_test

import (
	"errors"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
)

// Rule 4: a token that the server answered is saved or revoked.

var errDown = errors.New("store down")

// failing breaks the writes of a state n times.
func failing(status grant.Status, n int) func(*grant.Item) error {
	return func(it *grant.Item) error {
		if it.Status == status && n > 0 {
			n--
			return errDown
		}
		return nil
	}
}

func TestATokenIsSavedThoughTheStoreStumbles(t *testing.T) {
	for name, stumble := range map[string]func(*memory){
		"three writes fail":              func(m *memory) { m.broken = failing(grant.Granted, 3) },
		"a write's answer is lost":       func(m *memory) { m.after = failing(grant.Granted, 1) },
		"the claim's answer is lost":     func(m *memory) { m.after = failing(grant.Processing, 1) },
		"the claim fails twice at first": func(m *memory) { m.broken = failing(grant.Processing, 2) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			r := l.asked(t)
			stumble(l.store)
			l.finish(t, r.ID)
			if got := l.status(t, r.ID).Status; got != grant.Granted || l.wallet.cancels != 0 || l.wallet.sent() != 1 {
				t.Errorf("status %s, %d cancels, %d continuations", got, l.wallet.cancels, l.wallet.sent())
			}
		})
	}
}

func TestATokenThatMayNotBeSavedIsSettledByTheNextTouch(t *testing.T) {
	inBubble(t, func(t *testing.T, l *life) {
		r := l.asked(t)
		l.store.broken = failing(grant.Granted, 1<<30)
		_, err := l.Finish(t.Context(), r.ID, l.good(t, r.ID, "ref-1"))
		wantCode(t, err, grant.CodeStore)
		if l.wallet.cancels != 0 {
			t.Error("cancelled although the store may hold it")
		}
		l.store.broken = nil
		l.clock.add(time.Minute)
		if got := l.status(t, r.ID); got.Status != grant.Failed || got.Failure.Code != grant.FailureOutcomeUnknown || l.wallet.alive() != 0 {
			t.Errorf("one touch later: %+v", got)
		}
	})
}

func TestWhoSavesTooLateCancels(t *testing.T) {
	l := newLife(t)
	r := l.asked(t)
	l.wallet.during = func() {
		l.wallet.during = nil
		l.clock.add(time.Minute) // longer than the lease
		l.status(t, r.ID)        // somebody takes over
	}
	wantReturn(t, l.finish(t, r.ID), "error=outcome_unknown&status=failed")
	if l.wallet.alive() != 0 || l.wallet.cancels != 2 {
		t.Errorf("%d live tokens, %d cancels", l.wallet.alive(), l.wallet.cancels)
	}
	if it := l.store.stored(t, r.ID); it.Status != grant.Failed || it.Token != "" {
		t.Errorf("stored %s", it.Status)
	}
}

func TestAGrantThatMayBeStoredIsNotCancelled(t *testing.T) {
	inBubble(t, func(t *testing.T, l *life) {
		l.store.broken = failing(grant.Pending, 1<<30)
		_, err := l.Request(t.Context(), owner, grant.Request{WalletAddress: alice, ReturnURL: shop, Unlimited: true})
		wantCode(t, err, grant.CodeStore)
		if l.wallet.cancels != 0 {
			t.Errorf("%d cancels", l.wallet.cancels)
		}
	})
}

func TestACreationWhoseAnswerIsLostIsNotRepeated(t *testing.T) {
	l := newLife(t)
	l.store.after = failing(grant.Pending, 1)
	l.asked(t)
	if l.wallet.cancels != 0 || len(l.wallet.requests) != 1 || len(l.store.items) != 1 {
		t.Errorf("%d cancels, %d requests, %d items", l.wallet.cancels, len(l.wallet.requests), len(l.store.items))
	}
}

func TestATokenWithoutConsentIsGivenBack(t *testing.T) {
	l := newLife(t)
	l.wallet.immediate = true
	_, err := l.Request(t.Context(), owner, grant.Request{WalletAddress: alice, ReturnURL: shop, Unlimited: true})
	wantCode(t, err, grant.CodeNotInteractive)
	if l.wallet.alive() != 0 || len(l.store.items) != 0 {
		t.Errorf("%d live tokens, %d items", l.wallet.alive(), len(l.store.items))
	}
}

// Rule 5: the server's wait is honoured.

func TestTheServersWaitIsHonoured(t *testing.T) {
	for name, c := range map[string]struct {
		early   time.Duration
		refresh time.Duration // of a page; 0: the callback waits itself
	}{
		"over":                 {0, 0},
		"five seconds early":   {5 * time.Second, 0},
		"ten seconds early":    {10 * time.Second, 0},
		"thirty seconds early": {30 * time.Second, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			r := l.asked(t)
			due := l.clock.Now().Add(c.early)
			l.store.change(t, r.ID, func(it *grant.Item) { it.ContinueAfter = grant.At(due) })
			writes := l.store.writes
			out := l.finish(t, r.ID)
			if c.refresh > 0 {
				if out.Page != grant.PageMoment || out.Refresh != c.refresh || l.wallet.sent() != 0 || l.store.writes != writes {
					t.Errorf("outcome %+v, %d sent", out, l.wallet.sent())
				}
				return
			}
			if l.wallet.sent() != 1 || l.clock.Now().Before(due) {
				t.Errorf("%d sent at %s, due %s", l.wallet.sent(), l.clock.Now(), due)
			}
		})
	}
}

func TestAHashIsVerifiedBeforeTheWait(t *testing.T) {
	l := newLife(t)
	r := l.asked(t)
	l.store.change(t, r.ID, func(it *grant.Item) { it.ContinueAfter = grant.At(l.clock.Now().Add(9 * time.Second)) })
	before := l.clock.Now()
	_, err := l.Finish(t.Context(), r.ID, "hash=AAAA&interact_ref=ref-1")
	wantCode(t, err, grant.CodeLinkNotValid)
	if !l.clock.Now().Equal(before) {
		t.Error("an outsider can make us wait")
	}
}
