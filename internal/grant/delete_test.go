package grant_test

import (
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Rule 11: a revocation is written first, in any state and over any lease.

var errServerDown = &opclient.Error{Op: "cancel", Err: opclient.ErrNotSent}

// delete returns why the end is not confirmed as the error.
func (l *life) delete(t *testing.T, id string, forgets ...bool) (grant.Revocation, error) {
	t.Helper()
	r, err := l.Delete(t.Context(), owner, id, len(forgets) > 0)
	if r.Result == grant.RevocationPending {
		return r, r.Owed
	}
	return r, err
}

func TestAGrantIsRevokedInEveryState(t *testing.T) {
	for name, live := range map[string]func(l *life, t *testing.T) (id string){
		"pending": func(l *life, t *testing.T) string { return l.asked(t).ID },
		"rejected": func(l *life, t *testing.T) string {
			id := l.asked(t).ID
			_, _ = l.Finish(t.Context(), id, "result=grant_rejected")
			return id
		},
		"expired": func(l *life, t *testing.T) string { id := l.asked(t).ID; l.clock.add(time.Hour); return id },
		"granted": func(l *life, t *testing.T) string { id, _ := l.granted(t); return id },
		"claimed": func(l *life, t *testing.T) string { id, _ := l.claimed(t); return id },
		"left by a crash": func(l *life, t *testing.T) string {
			id := l.asked(t).ID
			func() {
				defer func() { _ = recover() }()
				l.wallet.during = func() { panic("crash") }
				l.finish(t, id)
			}()
			l.wallet.during = nil
			l.clock.add(time.Minute)
			return id
		},
		"with a cancel that is owed": func(l *life, t *testing.T) string {
			id := l.asked(t).ID
			l.wallet.lost, l.wallet.cancelErr = true, errServerDown
			l.finish(t, id)
			l.wallet.lost, l.wallet.cancelErr = false, nil
			return id
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			id := live(l, t)
			if r, err := l.delete(t, id); r.Result != grant.RevokedConfirmed || err != nil {
				t.Fatalf("%+v, %v", r, err)
			}
			if l.wallet.cancels == 0 || l.wallet.alive() != 0 {
				t.Errorf("%d cancels, %d live tokens", l.wallet.cancels, l.wallet.alive())
			}
			cancels := l.wallet.cancels
			if got := l.status(t, id); got.Status != grant.Revoked || got.Failure != nil {
				t.Errorf("%+v", got)
			}
			_, err := l.token(t, id, "")
			wantCode(t, err, grant.CodeRevoked)
			if r, err := l.delete(t, id); r.Result != grant.RevokedConfirmed || err != nil || l.wallet.cancels != cancels {
				t.Errorf("again: %+v, %v, %d cancels", r, err, l.wallet.cancels)
			}
			if it := l.store.stored(t, id); it.Token+it.ContinueToken != "" || it.TTL == 0 || it.Due != 0 {
				t.Error("what is over keeps a secret, for good, or in the calendar")
			}
		})
	}
}

func TestWhatHasFailedStaysFailed(t *testing.T) {
	l := newLife(t)
	id := l.asked(t).ID
	l.wallet.answer = func(string) error { return refused(401, "request_denied") }
	l.finish(t, id)
	if r, err := l.delete(t, id); r.Result != grant.RevokedConfirmed || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
	if got := l.status(t, id).Status; got != grant.Failed {
		t.Errorf("status %s", got)
	}
}

func TestARevocationKeepsItsWordWhenTheServerIsDown(t *testing.T) {
	l := newLife(t)
	id, _ := l.claimed(t)
	l.wallet.cancelErr = errServerDown
	for range 2 {
		_, err := l.delete(t, id)
		if e := wantCode(t, err, grant.CodeWalletUnreachable); e.RetryAfter == 0 {
			t.Error("no Retry-After")
		}
		_, err = l.token(t, id, "")
		wantCode(t, err, grant.CodeRevoked)
		if got := l.status(t, id); got.Status != grant.Granted || got.Failure.Code != grant.CodeRevoked {
			t.Errorf("meanwhile: %+v", got)
		}
	}
	l.wallet.cancelErr = nil
	if got := l.status(t, id); got.Status != grant.Revoked || l.wallet.alive() != 0 {
		t.Errorf("at the next call: %+v, %d live tokens", got, l.wallet.alive())
	}
	if r, err := l.delete(t, id); r.Result != grant.RevokedConfirmed || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestARefusedKeyCanBeToldToForget(t *testing.T) {
	l := newLife(t)
	id, _ := l.claimed(t)
	l.wallet.cancelErr = refused(400, "invalid_client")
	_, err := l.delete(t, id)
	wantCode(t, err, grant.CodeKeyRefused)
	r, err := l.delete(t, id, true)
	if err != nil || r.Result != grant.RevokedHereOnly || r.Grant.Status != grant.Revoked || r.Grant.Upstream != "unconfirmed" {
		t.Fatalf("%+v, %v", r, err)
	}
	if got := l.status(t, id); got.Upstream != "unconfirmed" {
		t.Errorf("%+v", got)
	}
	cancels := l.wallet.cancels
	if r, err := l.delete(t, id); err != nil || r.Result != grant.RevokedHereOnly || l.wallet.cancels != cancels {
		t.Errorf("again: %+v, %v", r, err)
	}
}

func TestOnlyARefusedKeyCanBeForgotten(t *testing.T) {
	l := newLife(t)
	id, _ := l.claimed(t)
	l.wallet.cancelErr = errServerDown
	_, err := l.delete(t, id, true)
	wantCode(t, err, grant.CodeWalletUnreachable)
	l.wallet.cancelErr = nil
	if r, err := l.delete(t, id, true); r.Result != grant.RevokedConfirmed || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestARevocationDuringAContinuationIsSentAgainAfterIt(t *testing.T) {
	l := newLife(t)
	id := l.asked(t).ID
	l.wallet.during = func() {
		_, err := l.delete(t, id) // a 204 now is not the end
		wantCode(t, err, grant.CodeBusy)
		if l.wallet.cancels != 1 {
			t.Errorf("%d cancels at once", l.wallet.cancels)
		}
		if got := l.status(t, id); got.Status == grant.Revoked {
			t.Error("said to be revoked while a continuation is in flight")
		}
	}
	wantReturn(t, l.finish(t, id), "error=revoked&status=failed")
	if got := l.status(t, id); got.Status != grant.Revoked || l.wallet.alive() != 0 {
		t.Errorf("%+v, %d live tokens", got, l.wallet.alive())
	}
}

func TestARevocationDuringAContinuationThatIsNotUsed(t *testing.T) {
	l := newLife(t)
	id := l.asked(t).ID
	l.wallet.during = func() { _, _ = l.delete(t, id) }
	l.wallet.answer = func(string) error { return refused(400, "too_fast") }
	wantReturn(t, l.finish(t, id), "error=revoked&status=failed")
	if got := l.status(t, id); got.Status != grant.Revoked {
		t.Errorf("%+v", got)
	}
}

func TestARevocationDuringARotation(t *testing.T) {
	l := newLife(t)
	id, first := l.claimed(t)
	l.wallet.rotating = func(int) error { _, _ = l.delete(t, id); l.wallet.live = map[string]bool{"left": true}; return nil }
	_, err := l.token(t, id, first.AccessToken)
	wantCode(t, err, grant.CodeRevoked)
	if got := l.status(t, id); got.Status != grant.Revoked || l.wallet.alive() != 0 {
		t.Errorf("%+v, %d live tokens", got, l.wallet.alive())
	}
}

func TestARevocationDuringARotationThatDecidesNothing(t *testing.T) {
	for name, answer := range map[string]error{
		"a lost answer":  &opclient.Error{Err: opclient.ErrOutcomeUnknown},
		"no connection":  &opclient.Error{Err: opclient.ErrNotSent},
		"401, a revoked": refused(401, "invalid_client"),
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			id, first := l.claimed(t)
			l.wallet.rotating = func(int) error { _, _ = l.delete(t, id); return answer }
			_, _ = l.token(t, id, first.AccessToken)
			if it := l.store.stored(t, id); it.Status != grant.Revoked || it.Ending != "" || l.wallet.alive() != 0 {
				t.Errorf("%s, ending %q, %d live tokens", it.Status, it.Ending, l.wallet.alive())
			}
		})
	}
}

func TestACancelIsSentByOneOfManyTouches(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	id, _ := l.claimed(t)
	l.wallet.cancelErr = errServerDown
	_, _ = l.delete(t, id)
	l.wallet.cancelErr = nil
	before, cancelling, goOn, done := l.wallet.cancels, make(chan bool), make(chan bool), make(chan bool)
	l.wallet.cancelling = func() { close(cancelling); <-goOn }
	l.store.racing = func() { // another touch is quicker, and holds the lease when we read again
		l.store.racing = nil
		go func() { _, _ = l.Get(t.Context(), owner, id); close(done) }()
		<-cancelling
	}
	if got := l.status(t, id); got.Status != grant.Granted {
		t.Errorf("%+v", got)
	}
	close(goOn)
	<-done
	if n := l.wallet.cancels - before; n != 1 || l.status(t, id).Status != grant.Revoked {
		t.Errorf("%d cancels", n)
	}
}

func TestARevocationOverACrashedLeaseWaitsForItsEnd(t *testing.T) {
	l := newLife(t)
	id := l.asked(t).ID
	func() {
		defer func() { _ = recover() }()
		l.wallet.during = func() { panic("crash") }
		l.finish(t, id)
	}()
	_, err := l.delete(t, id)
	wantCode(t, err, grant.CodeBusy)
	l.wallet.live = map[string]bool{"left by the continuation in flight": true}
	l.clock.add(time.Minute)
	if r, err := l.delete(t, id); r.Result != grant.RevokedConfirmed || err != nil {
		t.Errorf("%+v, %v", r, err)
	}
	if l.wallet.alive() != 0 {
		t.Error("a live token that nobody knows")
	}
}

func TestARevocationWaitsForWhoeverReportsSoon(t *testing.T) {
	inBubble(t, func(t *testing.T, l *life) {
		id := l.asked(t).ID
		query := l.good(t, id, "ref-1")
		working := make(chan bool)
		l.wallet.during = func() { close(working); time.Sleep(300 * time.Millisecond) }
		done := make(chan bool)
		go func() { _, _ = l.Finish(t.Context(), id, query); close(done) }()
		<-working
		if r, err := l.delete(t, id); r.Result != grant.RevokedConfirmed || err != nil {
			t.Errorf("%+v, %v", r, err)
		}
		<-done
		if got := l.status(t, id); got.Status != grant.Revoked || l.wallet.alive() != 0 {
			t.Errorf("%+v, %d live tokens", got, l.wallet.alive())
		}
	})
}

func TestAnotherOwnersGrantCannotBeRevoked(t *testing.T) {
	l := newLife(t)
	id, _ := l.claimed(t)
	_, err := l.Delete(t.Context(), "other", id, true)
	wantCode(t, err, grant.CodeNotFound)
	if l.wallet.cancels != 0 || l.status(t, id).Status != grant.Granted {
		t.Error("it was")
	}
}
