package grant_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Rule 10: a token that was handed out works until the time told with it.

// claimed is a grant whose app has its token.
func (l *life) claimed(t *testing.T) (id string, first *grant.TokenAnswer) {
	t.Helper()
	id, code := l.granted(t)
	first, err := l.Token(t.Context(), owner, id, grant.TokenRequest{Code: code})
	if err != nil {
		t.Fatal(err)
	}
	return id, first
}

func (l *life) token(t *testing.T, id, refused string) (*grant.TokenAnswer, error) {
	t.Helper()
	return l.Token(t.Context(), owner, id, grant.TokenRequest{Refused: refused})
}

func TestATokenIsRotatedOnlyAfterItsPromise(t *testing.T) {
	l := newLife(t)
	id, first := l.claimed(t)
	for _, c := range []struct {
		at      time.Duration // before the end of the promise
		rotated bool
	}{{time.Minute, false}, {5 * time.Second, false}, {4900 * time.Millisecond, true}} {
		l.clock.add(first.ExpiresAt.Sub(l.clock.Now()) - c.at)
		got, err := l.token(t, id, "")
		if err != nil || (got.AccessToken != first.AccessToken) != c.rotated || !l.wallet.works(got.AccessToken) {
			t.Errorf("%s before: %+v, %v", c.at, got, err)
		}
		if c.rotated && l.clock.Now().Before(*first.ExpiresAt) {
			t.Error("rotated while its promise still lasted")
		}
	}
	writes := l.store.writes
	l.clock.add(time.Hour)
	if got, err := l.token(t, id, ""); err != nil || !l.wallet.works(got.AccessToken) || !got.ExpiresAt.After(l.clock.Now()) {
		t.Errorf("%+v, %v", got, err)
	}
	if l.store.writes-writes != 2 {
		t.Errorf("a rotation was %d writes, want 2", l.store.writes-writes)
	}
}

func TestARefusedTokenIsRotatedIfItIsStillTheCurrentOne(t *testing.T) {
	l := newLife(t)
	id, first := l.claimed(t)
	second, err := l.token(t, id, first.AccessToken)
	if err != nil || second.AccessToken == first.AccessToken {
		t.Fatalf("%+v, %v", second, err)
	}
	again, err := l.token(t, id, first.AccessToken)
	if err != nil || again.AccessToken != second.AccessToken || l.wallet.rotations != 1 {
		t.Errorf("%+v, %v after %d rotations", again, err, l.wallet.rotations)
	}
}

func TestATokenWithoutAToldLifeIsRotatedOnlyWhenRefused(t *testing.T) {
	l := newLife(t)
	l.wallet.expires = time.Time{}
	id, first := l.claimed(t)
	l.clock.add(24 * time.Hour)
	if got, err := l.token(t, id, ""); err != nil || got.AccessToken != first.AccessToken {
		t.Errorf("%+v, %v", got, err)
	}
	if got, err := l.token(t, id, first.AccessToken); err != nil || got.AccessToken == first.AccessToken {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestTwentyCallersAtOnceAreOneRotation(t *testing.T) {
	inBubble(t, func(t *testing.T, l *life) {
		id, first := l.claimed(t)
		l.clock.add(time.Hour)
		l.wallet.rotating = func(int) error { time.Sleep(200 * time.Millisecond); return nil }
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				got, err := l.token(t, id, "")
				if err != nil || got.AccessToken == first.AccessToken || !l.wallet.works(got.AccessToken) {
					t.Errorf("%+v, %v", got, err)
				}
			})
		}
		all.Wait()
		if l.wallet.rotations != 1 {
			t.Errorf("%d rotations", l.wallet.rotations)
		}
	})
}

func TestWhoCannotWaitLongerForANewTokenAsksAgain(t *testing.T) {
	l := newLife(t)
	id, _ := l.claimed(t)
	l.clock.add(time.Hour)
	l.wallet.rotating = func(int) error {
		_, err := l.token(t, id, "")
		if e := wantCode(t, err, grant.CodeBusy); e.RetryAfter == 0 {
			t.Error("no Retry-After")
		}
		return nil
	}
	if _, err := l.token(t, id, ""); err != nil {
		t.Error(err)
	}
}

func TestWhatDecidesNothingChangesNothingAndIsRepeated(t *testing.T) {
	for name, answer := range map[string]error{
		"a lost answer":                  &opclient.Error{Err: opclient.ErrOutcomeUnknown},
		"no connection":                  &opclient.Error{Err: opclient.ErrNotSent},
		"a 500":                          &opclient.Error{Status: 500, Err: opclient.ErrOutcomeUnknown},
		"400 invalid_client":             refused(400, "invalid_client"),
		"400 without a code":             refused(400, ""),
		"404 invalid_rotation":           refused(404, "invalid_rotation"),
		"our key is missing":             &grant.Error{Code: grant.CodeKeyMissing},
		"a 503 that calls itself gone":   &opclient.Error{Status: 503, Code: "invalid_client", Err: opclient.ErrOutcomeUnknown},
		"an error nobody has thought of": errors.New("?"),
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			id, first := l.claimed(t)
			l.wallet.rotating = func(int) error { return answer }
			for range 3 {
				_, err := l.token(t, id, first.AccessToken)
				var e *grant.Error
				if !errors.As(err, &e) || e.Code != grant.CodeNotRotated && e.Code != grant.CodeKeyMissing || e.RetryAfter == 0 {
					t.Fatalf("error %v", err)
				}
			}
			if got := l.store.stored(t, id); got.Status != grant.Granted || got.Ending != "" || l.wallet.cancels+l.wallet.polls != 0 {
				t.Errorf("status %s, %d cancels, %d polls", got.Status, l.wallet.cancels, l.wallet.polls)
			}
			l.wallet.rotating = nil
			if got, err := l.token(t, id, first.AccessToken); err != nil || !l.wallet.works(got.AccessToken) {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func TestATokenOfUnknownStateIsNotHandedOut(t *testing.T) {
	l := newLife(t)
	id, first := l.claimed(t)
	l.wallet.rotating = func(int) error { return &opclient.Error{Err: opclient.ErrOutcomeUnknown} }
	_, err := l.token(t, id, first.AccessToken)
	wantCode(t, err, grant.CodeNotRotated)
	l.wallet.rotating = func(int) error { return &opclient.Error{Err: opclient.ErrNotSent} }
	_, err = l.token(t, id, "") // it says nothing of a refusal, and the promise still lasts
	wantCode(t, err, grant.CodeNotRotated)
	_, err = l.token(t, id, "")
	wantCode(t, err, grant.CodeNotRotated)
	if l.wallet.rotations != 3 {
		t.Errorf("%d rotations", l.wallet.rotations)
	}
}

func TestARotationThatWasNotSentChangesNothing(t *testing.T) {
	l := newLife(t)
	id, first := l.claimed(t)
	l.wallet.rotating = func(int) error { return &opclient.Error{Err: opclient.ErrNotSent} }
	_, err := l.token(t, id, first.AccessToken)
	wantCode(t, err, grant.CodeNotRotated)
	if got, err := l.token(t, id, ""); err != nil || got.AccessToken != first.AccessToken || l.wallet.rotations != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestARotationWhoseAnswerIsLostEndsAsTokenLost(t *testing.T) {
	for name, touch := range map[string]func(l *life, id string){
		"the app asks again": func(l *life, id string) { _, _ = l.token(t, id, "") },
		"the app looks":      func(l *life, id string) { _, _ = l.Get(t.Context(), owner, id) },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			id, first := l.claimed(t)
			l.wallet.lostToken = true
			_, err := l.token(t, id, first.AccessToken)
			wantCode(t, err, grant.CodeNotRotated)
			touch(l, id)
			got := l.status(t, id)
			if got.Status != grant.Failed || got.Failure.Code != grant.FailureTokenLost || l.wallet.alive() != 0 {
				t.Errorf("%+v, %d live tokens", got, l.wallet.alive())
			}
			if l.wallet.rotations != 3 || l.wallet.polls != 1 {
				t.Errorf("%d rotations, %d polls: want the lost one, a hint, a question and a second", l.wallet.rotations, l.wallet.polls)
			}
			_, err = l.token(t, id, "")
			wantCode(t, err, grant.CodeFailed)
		})
	}
}

func TestTheContinueURIDecidesAboutAHint(t *testing.T) {
	hint := refused(401, "invalid_client")
	for name, c := range map[string]struct {
		poll   error
		second error // of the rotations
		status grant.Status
		code   string // of the answer; "": a token
		ends   string // code of the failure
	}{
		"it knows no such continuation": {refused(401, "invalid_continuation"), nil, grant.Revoked, grant.CodeRevoked, grant.FailureRevoked},
		"404 in the same words":         {refused(404, "invalid_continuation"), nil, grant.Revoked, grant.CodeRevoked, grant.FailureRevoked},
		"healthy, and then it rotates":  {refused(401, "request_denied"), nil, grant.Granted, "", ""},
		"healthy, and a second hint":    {refused(401, "request_denied"), hint, grant.Failed, grant.CodeFailed, grant.FailureTokenLost},
		"healthy, and a 500":            {refused(401, "request_denied"), &opclient.Error{Status: 500, Err: opclient.ErrOutcomeUnknown}, grant.Granted, grant.CodeNotRotated, ""},
		"healthy, and no connection":    {refused(401, "request_denied"), &opclient.Error{Err: opclient.ErrNotSent}, grant.Granted, grant.CodeNotRotated, ""},
		"it says too_fast":              {refused(400, "too_fast"), nil, grant.Granted, grant.CodeNotRotated, ""},
		"it does not know our key":      {refused(400, "invalid_client"), nil, grant.Granted, grant.CodeNotRotated, ""},
		"it does not answer":            {&opclient.Error{Err: opclient.ErrOutcomeUnknown}, nil, grant.Granted, grant.CodeNotRotated, ""},
		"a 503 in the decisive words":   {&opclient.Error{Status: 503, Code: "invalid_continuation", Err: opclient.ErrOutcomeUnknown}, nil, grant.Granted, grant.CodeNotRotated, ""},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			id, first := l.claimed(t)
			l.wallet.pollErr = c.poll
			l.wallet.rotating = func(n int) error {
				if n == 1 {
					return hint
				}
				return c.second
			}
			got, err := l.token(t, id, first.AccessToken)
			if c.code == "" {
				if err != nil || !l.wallet.works(got.AccessToken) {
					t.Fatalf("%+v, %v", got, err)
				}
			} else {
				wantCode(t, err, c.code)
			}
			it := l.store.stored(t, id)
			if it.Status != c.status || (it.Failure != nil) != (c.ends != "") || it.Failure != nil && it.Failure.Code != c.ends {
				t.Errorf("status %s, failure %+v", it.Status, it.Failure)
			}
			if cancelled := l.wallet.cancels > 0; cancelled != (c.ends != "") { // the end is confirmed by a DELETE
				t.Errorf("%d cancels", l.wallet.cancels)
			}
		})
	}
}

func TestACrashInARotationLosesNoLiveToken(t *testing.T) {
	for name, acts := range map[string]bool{"before the server acts": false, "after it has acted": true} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			id, first := l.claimed(t)
			func() {
				defer func() { _ = recover() }()
				l.wallet.rotating = func(int) error {
					if acts {
						l.wallet.rotating = nil
						if _, err := l.wallet.Rotate(t.Context(), &opclient.Token{Manage: l.wallet.manage}); err != nil {
							t.Error(err)
						}
					}
					panic("crash")
				}
				_, _ = l.token(t, id, first.AccessToken)
			}()
			l.wallet.rotating = nil
			l.clock.add(time.Minute)
			got := l.status(t, id)
			it := l.store.stored(t, id)
			if acts && (got.Status != grant.Failed || l.wallet.alive() != 0) || !acts && (got.Status != grant.Granted || !l.wallet.works(it.Token)) {
				t.Errorf("%+v, %d live tokens", got, l.wallet.alive())
			}
		})
	}
}

func TestARotatedTokenThatMayNotBeSavedIsSettledByTheNextTouch(t *testing.T) {
	inBubble(t, func(t *testing.T, l *life) {
		id, first := l.claimed(t)
		l.store.broken = func(it *grant.Item) error {
			if it.Token != first.AccessToken {
				return errDown
			}
			return nil
		}
		_, err := l.token(t, id, first.AccessToken)
		wantCode(t, err, grant.CodeStore)
		if l.wallet.cancels != 0 {
			t.Error("cancelled although the store may hold it")
		}
		l.store.broken = nil
		l.clock.add(2 * time.Minute)
		if got := l.status(t, id); got.Status != grant.Failed || l.wallet.alive() != 0 {
			t.Errorf("%+v", got)
		}
	})
}

func TestTheNewTokenIsTheOneThatIsStored(t *testing.T) {
	l := newLife(t)
	id, first := l.claimed(t)
	last := first.AccessToken
	for i := range 5 {
		got, err := l.token(t, id, last)
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("rotated-%d", i+1); got.AccessToken != want || l.store.stored(t, id).ManageURI != l.wallet.manage {
			t.Errorf("%+v", got)
		}
		last = got.AccessToken
	}
}
