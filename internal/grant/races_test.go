package grant_test

import (
	"errors"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Two callers at once.

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
