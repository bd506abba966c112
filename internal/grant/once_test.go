package grant_test

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Rule 1: an interact_ref is never sent again once its outcome is unknown.

func refused(status int, code string) error {
	return &opclient.Error{Op: "continue", URL: authServer, Status: status, Code: code, Err: opclient.ErrRefused}
}

func TestFiftyFinishesAtOnceAreOneContinuation(t *testing.T) {
	inBubble(t, func(t *testing.T, l *life) {
		r := l.asked(t)
		l.store.change(t, r.ID, func(it *grant.Item) { it.ContinueAfter = 0 })
		l.wallet.during = func() { time.Sleep(300 * time.Millisecond) }
		query := l.good(t, r.ID, "ref-1")

		outcomes := make(chan *grant.Outcome, 50)
		var all sync.WaitGroup
		for range cap(outcomes) {
			all.Go(func() {
				out, err := l.Finish(t.Context(), r.ID, query)
				if err != nil {
					t.Error(err)
					return
				}
				outcomes <- out
			})
		}
		all.Wait()
		close(outcomes)
		first := <-outcomes
		if first == nil || first.Redirect == "" {
			t.Fatalf("outcome %+v", first)
		}
		for out := range outcomes {
			if *out != *first {
				t.Errorf("outcome %+v, others got %+v", out, first)
			}
		}
		if l.wallet.sent() != 1 {
			t.Errorf("%d continuations, want 1", l.wallet.sent())
		}
	})
}

func TestAReferenceIsSentAgainOnlyWhenItWasNotUsed(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		again bool
	}{
		"no connection was obtained":          {&opclient.Error{Err: opclient.ErrNotSent}, true},
		"the server says too_fast":            {refused(400, "too_fast"), true},
		"the server says invalid_client":      {refused(401, "invalid_client"), true},
		"our key is missing":                  {&grant.Error{Code: grant.CodeKeyMissing}, true},
		"our key is refused, read again":      {&grant.Error{Code: grant.CodeKeyRefused, Err: refused(400, "invalid_client")}, true},
		"the server refuses the reference":    {refused(401, "request_denied"), false},
		"the server refuses without a code":   {refused(400, ""), false},
		"a timeout after it was sent":         {&opclient.Error{Err: errors.Join(opclient.ErrTimeout, opclient.ErrOutcomeUnknown)}, false},
		"a 500":                               {&opclient.Error{Status: 500, Err: opclient.ErrOutcomeUnknown}, false},
		"a 503 that calls itself too_fast":    {&opclient.Error{Status: 503, Code: "too_fast", Err: opclient.ErrOutcomeUnknown}, false},
		"an answer that is no answer":         {&opclient.Error{Status: 200, Err: errors.Join(opclient.ErrInvalidAnswer, opclient.ErrOutcomeUnknown)}, false},
		"an error that nobody has thought of": {http.ErrAbortHandler, false},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			r := l.asked(t)
			l.wallet.answer = func(string) error { return c.err }
			query := l.good(t, r.ID, "ref-1")
			_, _ = l.Finish(t.Context(), r.ID, query)
			l.wallet.answer = nil
			l.clock.add(10 * time.Second)
			out, err := l.Finish(t.Context(), r.ID, query)
			if err != nil {
				t.Fatal(err)
			}
			if got := l.wallet.sent() == 2; got != c.again {
				t.Errorf("sent %d times", l.wallet.sent())
			}
			status := l.status(t, r.ID).Status
			if c.again && status != grant.Granted || !c.again && status != grant.Failed {
				t.Errorf("status %s, outcome %+v", status, out)
			}
			if !c.again && l.wallet.cancels == 0 {
				t.Error("what may have been granted was not cancelled")
			}
		})
	}
}

func TestWhoTakesOverFromACrashCancelsAndDoesNotSend(t *testing.T) {
	touches := map[string]func(l *life, t *testing.T, id, query string){
		"the owner looks": func(l *life, t *testing.T, id, _ string) { l.status(t, id) },
		"the owner asks for token": func(l *life, t *testing.T, id, _ string) {
			_, _ = l.Token(t.Context(), owner, id, grant.TokenRequest{})
		},
		"the browser reloads": func(l *life, t *testing.T, id, query string) { _, _ = l.Finish(t.Context(), id, query) },
	}
	for name, touch := range touches {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			r := l.asked(t)
			query := l.good(t, r.ID, "ref-1")
			// The crash: the server acts, and nobody lives to save its answer.
			func() {
				defer func() { _ = recover() }()
				l.wallet.during = func() { l.wallet.live = map[string]bool{"lost": true}; panic("crash") }
				_, _ = l.Finish(t.Context(), r.ID, query)
			}()
			l.wallet.during = nil
			if got := l.store.stored(t, r.ID).Status; got != grant.Processing {
				t.Fatalf("status %s after the crash", got)
			}

			touch(l, t, r.ID, query)
			if l.wallet.cancels != 0 || l.wallet.sent() != 1 {
				t.Fatal("touched while the lease still holds")
			}
			l.clock.add(time.Minute)
			touch(l, t, r.ID, query)
			after := l.store.stored(t, r.ID)
			if after.Status != grant.Failed || after.Failure.Code != grant.FailureOutcomeUnknown {
				t.Errorf("status %s, failure %+v", after.Status, after.Failure)
			}
			if l.wallet.alive() != 0 || l.wallet.sent() != 1 {
				t.Errorf("%d live tokens, %d continuations", l.wallet.alive(), l.wallet.sent())
			}
		})
	}
}

func TestACancelThatIsOwedIsTriedAtEachTouchAndNoTokenLeavesMeanwhile(t *testing.T) {
	l := newLife(t)
	r := l.asked(t)
	l.wallet.lost = true
	l.wallet.cancelErr = &opclient.Error{Err: opclient.ErrNotSent}
	l.finish(t, r.ID)
	for range 3 {
		if got := l.status(t, r.ID); got.Status != grant.Processing || got.Failure.Code != grant.FailureOutcomeUnknown {
			t.Fatalf("while the server is down: %+v", got)
		}
		_, err := l.Token(t.Context(), owner, r.ID, grant.TokenRequest{})
		wantCode(t, err, grant.CodeFailed)
	}
	if l.wallet.cancels != 7 || l.wallet.alive() != 1 {
		t.Errorf("%d cancels, %d live tokens", l.wallet.cancels, l.wallet.alive())
	}
	l.wallet.cancelErr = nil
	if got := l.status(t, r.ID); got.Status != grant.Failed {
		t.Errorf("once the server is up: %+v", got)
	}
	l.status(t, r.ID)
	if l.wallet.cancels != 8 || l.wallet.alive() != 0 {
		t.Errorf("%d cancels, %d live tokens", l.wallet.cancels, l.wallet.alive())
	}
}

func TestACancelIsDoneWhenTheServerKnowsNoSuchContinuation(t *testing.T) {
	l := newLife(t)
	r := l.asked(t)
	l.wallet.lost = true
	l.wallet.cancelErr = refused(401, "invalid_continuation")
	wantReturn(t, l.finish(t, r.ID), "error=outcome_unknown&status=failed")
	if got := l.status(t, r.ID).Status; got != grant.Failed {
		t.Errorf("status %s", got)
	}
}

// Rule 3: a replay gets the same outcome and calls nobody.

func TestAReplayGetsTheSameOutcomeAndCallsNobody(t *testing.T) {
	for name, c := range map[string]struct{ answer func(string) error }{
		"granted": {nil},
		"failed":  {func(string) error { return refused(401, "request_denied") }},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			r := l.asked(t)
			l.wallet.answer = c.answer
			first := l.finish(t, r.ID)
			calls, writes := l.wallet.sent()+l.wallet.cancels, l.store.writes
			for range 3 {
				if again := l.finish(t, r.ID); *again != *first {
					t.Errorf("outcome %+v, first %+v", again, first)
				}
			}
			if l.wallet.sent()+l.wallet.cancels != calls || l.store.writes != writes {
				t.Error("a replay called or wrote")
			}
			_, err := l.Finish(t.Context(), r.ID, l.good(t, r.ID, "ref-2"))
			wantCode(t, err, grant.CodeLinkNotValid)
			_, err = l.Finish(t.Context(), r.ID, "hash=AAAA&interact_ref=ref-1")
			wantCode(t, err, grant.CodeLinkNotValid)
		})
	}
}

func TestACallbackWaitsTwoSecondsForAnotherThenShowsAMoment(t *testing.T) {
	l := newLife(t)
	r := l.asked(t)
	query := l.good(t, r.ID, "ref-1")
	l.wallet.during = func() {
		before := l.clock.Now()
		out, err := l.Finish(t.Context(), r.ID, query)
		if err != nil || out.Page != grant.PageMoment || out.Refresh == 0 {
			t.Errorf("outcome %+v, %v", out, err)
		}
		if waited := l.clock.Now().Sub(before); waited != 2*time.Second {
			t.Errorf("waited %s", waited)
		}
	}
	if _, err := l.Finish(t.Context(), r.ID, query); err != nil {
		t.Fatal(err)
	}
}
