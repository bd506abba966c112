package grant_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Rule 1: what answers in front of a server has used nothing up.

func gnapRefused(status int, code string) error {
	return &opclient.Error{Op: "continue", URL: authServer, Status: status, Code: code, GNAP: true, Err: opclient.ErrRefused}
}

func TestAnAnswerFromInFrontUsesNothingUp(t *testing.T) {
	for _, status := range []int{404, 405, 413, 414, 415, 421, 429, 431} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			l := newLife(t)
			id := l.asked(t).ID
			l.wallet.answer = func(string) error { return refused(status, "") }
			_, err := l.Finish(t.Context(), id, l.good(t, id, "ref-1"))
			if e := wantCode(t, err, grant.CodeWalletUnreachable); e.RetryAfter == 0 || e.Upstream.Status != status {
				t.Errorf("%+v", e)
			}
			if got := l.status(t, id).Status; got != grant.Pending || l.wallet.cancels != 0 {
				t.Fatalf("%s, %d cancels", got, l.wallet.cancels)
			}
			l.wallet.answer = nil
			l.finish(t, id)
			if got := l.status(t, id).Status; got != grant.Granted || l.wallet.sent() != 2 || l.wallet.cancels != 0 {
				t.Errorf("%s, %d sent, %d cancels", got, l.wallet.sent(), l.wallet.cancels)
			}
			l.clock.add(4 * time.Minute)
			if it := l.store.stored(t, id); it.Fronted {
				t.Error("a granted grant is still to be cancelled")
			}
		})
		t.Run(strconv.Itoa(status)+" with a GNAP error", func(t *testing.T) {
			l := newLife(t)
			id := l.asked(t).ID
			l.wallet.answer = func(string) error { return gnapRefused(status, "request_denied") }
			wantReturn(t, l.finish(t, id), "error=continue_refused&status=failed")
		})
	}
}

func TestOtherAnswersWithoutAGNAPErrorMayHaveUsedTheReference(t *testing.T) {
	for _, status := range []int{400, 401, 403, 409, 410, 422} {
		l := newLife(t)
		id := l.asked(t).ID
		l.wallet.answer = func(string) error { return refused(status, "") }
		wantReturn(t, l.finish(t, id), "error=continue_refused&status=failed")
		if l.wallet.cancels != 1 {
			t.Errorf("%d: %d cancels", status, l.wallet.cancels)
		}
	}
}

// fronted is a grant whose first continuation was answered from in front.
func (l *life) fronted(t *testing.T) (id string) {
	t.Helper()
	id = l.asked(t).ID
	l.wallet.answer = func(string) error { return refused(429, "") }
	if _, err := l.Finish(t.Context(), id, l.good(t, id, "ref-1")); err == nil {
		t.Fatal("no error")
	}
	l.wallet.answer = nil
	return id
}

func TestAfterAnAnswerFromInFrontItIsSentOnceMoreAtMost(t *testing.T) {
	for name, c := range map[string]struct {
		second error
		query  string
	}{
		"again from in front":   {refused(429, ""), "error=outcome_unknown&status=failed"},
		"too fast":              {gnapRefused(400, "too_fast"), "error=outcome_unknown&status=failed"},
		"refused":               {gnapRefused(401, "request_denied"), "error=continue_refused&status=failed"},
		"the answer is lost":    {&opclient.Error{Err: opclient.ErrOutcomeUnknown}, "error=outcome_unknown&status=failed"},
		"the user said no":      {gnapRefused(401, "user_denied"), "status=rejected"},
		"a 5xx from in between": {&opclient.Error{Status: 502, Err: opclient.ErrOutcomeUnknown}, "error=outcome_unknown&status=failed"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			id := l.fronted(t)
			l.wallet.answer = func(string) error { return c.second }
			for range 3 {
				wantReturn(t, l.finish(t, id), c.query)
			}
			if l.wallet.sent() != 2 || l.wallet.cancels != 1 {
				t.Errorf("%d sent, %d cancels", l.wallet.sent(), l.wallet.cancels)
			}
		})
	}
}

func TestWhatWasNotSentDoesNotCount(t *testing.T) {
	l := newLife(t)
	id := l.fronted(t)
	l.wallet.answer = func(string) error { return &opclient.Error{Err: opclient.ErrNotSent} }
	_, err := l.Finish(t.Context(), id, l.good(t, id, "ref-1"))
	wantCode(t, err, grant.CodeWalletUnreachable)
	l.wallet.answer = nil
	l.clock.add(10 * time.Second)
	l.finish(t, id)
	if got := l.status(t, id).Status; got != grant.Granted {
		t.Errorf("status %s", got)
	}
}

func TestAGrantWithAnAnswerFromInFrontIsCancelledWhenItExpires(t *testing.T) {
	for name, touch := range map[string]func(t *testing.T, l *life, id string){
		"the app looks": func(t *testing.T, l *life, id string) { l.status(t, id) },
		"the schedule": func(t *testing.T, l *life, _ string) {
			if r := l.keep(t); r != (keepReport{Settled: 1}) {
				t.Errorf("%+v", r)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			id := l.fronted(t)
			l.wallet.live = map[string]bool{"left behind": true}
			l.clock.add(10 * time.Minute)
			touch(t, l, id)
			got, it := l.status(t, id), l.store.stored(t, id)
			if got.Status != grant.Expired || it.Status != grant.Expired || l.wallet.alive() != 0 || it.Due != 0 || it.TTL == 0 {
				t.Errorf("%s, stored %s, %d live tokens", got.Status, it.Status, l.wallet.alive())
			}
			_, err := l.token(t, id, "")
			wantCode(t, err, grant.CodeExpired)
			wantReturn(t, l.finish(t, id), "error=interaction_expired&status=failed")
			if l.wallet.sent() != 1 {
				t.Errorf("%d sent", l.wallet.sent())
			}
		})
	}
}

func TestARetryAfterOfAContinuationIsHonoured(t *testing.T) {
	l := newLife(t)
	id := l.asked(t).ID
	l.wallet.answer = func(string) error {
		return &opclient.Error{Status: 429, RetryAfter: 37 * time.Second, Err: opclient.ErrRefused}
	}
	_, err := l.Finish(t.Context(), id, l.good(t, id, "ref-1"))
	if e := wantCode(t, err, grant.CodeWalletUnreachable); e.RetryAfter != 37*time.Second {
		t.Errorf("retry after %s", e.RetryAfter)
	}
	l.wallet.answer = nil
	if out := l.finish(t, id); out.Page != grant.PageMoment || out.Refresh != 37*time.Second || l.wallet.sent() != 1 {
		t.Errorf("%+v, %d sent", out, l.wallet.sent())
	}
}

func TestTooFastIsNotAskedAgainAtOnce(t *testing.T) {
	l := newLife(t)
	id := l.asked(t).ID
	l.wallet.answer = func(string) error { return refused(400, "too_fast") }
	if out := l.finish(t, id); out.Page != grant.PageMoment || out.Refresh == 0 {
		t.Errorf("%+v", out)
	}
	l.wallet.answer = nil
	before := l.clock.Now()
	l.finish(t, id)
	if waited := l.clock.Now().Sub(before); waited != 2*time.Second || l.wallet.sent() != 2 {
		t.Errorf("asked again after %s", waited)
	}
}

// The server's word that the user refused.

func TestUserDeniedAfterAGoodHashIsARejection(t *testing.T) {
	l := newLife(t)
	id := l.asked(t).ID
	l.wallet.answer = func(string) error { return gnapRefused(400, "user_denied") }
	wantReturn(t, l.finish(t, id), "status=rejected")
	l.wallet.answer = nil
	wantReturn(t, l.finish(t, id), "status=rejected") // it is final
	got := l.status(t, id)
	if got.Status != grant.Rejected || got.Failure != nil || l.wallet.sent() != 1 || l.wallet.cancels != 0 {
		t.Errorf("%+v, %d sent, %d cancels", got, l.wallet.sent(), l.wallet.cancels)
	}
	_, err := l.Finish(t.Context(), id, l.good(t, id, "ref-2"))
	wantCode(t, err, grant.CodeLinkNotValid)
	out, err := l.Finish(t.Context(), id, "result=grant_rejected")
	if err != nil {
		t.Fatal(err)
	}
	wantReturn(t, out, "status=rejected")
	_, err = l.token(t, id, "")
	wantCode(t, err, grant.CodeRejected)
	if r, err := l.delete(t, id); err != nil || r.Result != grant.RevokedConfirmed || l.wallet.cancels != 1 {
		t.Errorf("%+v, %v", r, err)
	}
}
