package grant_test

import (
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Rule 10: tokens that live shortly, without an end, or without a way to rotate.

func TestAShortLivedTokenIsHandedOutAfterOneRotationAtMost(t *testing.T) {
	for _, span := range []time.Duration{time.Second, 2 * time.Second, 5 * time.Second, 5500 * time.Millisecond, 8 * time.Second, 12 * time.Second} {
		t.Run(span.String(), func(t *testing.T) {
			inBubble(t, func(t *testing.T, l *life) {
				l.wallet.life = span
				l.wallet.expires = l.clock.Now().Add(5*time.Second + span)
				id, code := l.granted(t)
				r := grant.TokenRequest{Code: code}
				for range 20 {
					before, began := l.wallet.rotations, l.clock.Now()
					got, err := l.Token(t.Context(), owner, id, r)
					if err != nil || !l.wallet.works(got.AccessToken) || !got.ExpiresAt.After(l.clock.Now()) {
						t.Fatalf("%+v, %v", got, err)
					}
					if n := l.wallet.rotations - before; n > 1 {
						t.Errorf("%d rotations in a call", n)
					}
					if took := l.clock.Now().Sub(began); took > 5*time.Second {
						t.Errorf("it took %s", took)
					}
					r = grant.TokenRequest{}
					l.clock.add(span / 7)
				}
			})
		})
	}
}

func TestARefusedTokenIsRotatedOnceHoweverShortTheNewOneLives(t *testing.T) {
	l := newLife(t)
	id, first := l.claimed(t)
	l.wallet.life = time.Millisecond
	got, err := l.token(t, id, first.AccessToken)
	if err != nil || got.AccessToken == first.AccessToken || l.wallet.rotations != 1 {
		t.Errorf("%+v, %v, %d rotations", got, err, l.wallet.rotations)
	}
}

func TestWithLittleOfAPromiseLeftItIsWaitedOut(t *testing.T) {
	l := newLife(t)
	l.wallet.expires = l.clock.Now().Add(5*time.Second + 4*time.Second) // promised for 3.6 s
	id, first := l.claimed(t)
	l.clock.add(1700 * time.Millisecond) // more than half is left
	if got, err := l.token(t, id, ""); err != nil || got.AccessToken != first.AccessToken {
		t.Errorf("%+v, %v", got, err)
	}
	l.clock.add(200 * time.Millisecond) // less than half
	got, err := l.token(t, id, "")
	if err != nil || got.AccessToken == first.AccessToken || l.clock.Now().Before(*first.ExpiresAt) {
		t.Errorf("%+v, %v at %s", got, err, l.clock.Now())
	}
}

// unmanaged is a claimed grant whose token cannot be rotated.
func (l *life) unmanaged(t *testing.T) (id string, token string) {
	t.Helper()
	id, first := l.claimed(t)
	l.store.change(t, id, func(it *grant.Item) { it.ManageURI = "" })
	return id, first.AccessToken
}

func TestATokenThatCannotBeRotatedIsHandedOutUntilItIsRefused(t *testing.T) {
	hidden := map[string]struct {
		poll   error
		code   string
		status grant.Status
		ends   string
	}{
		"the grant is gone":           {gnapRefused(401, "invalid_continuation"), grant.CodeRevoked, grant.Revoked, grant.FailureRevoked},
		"the grant seems healthy":     {gnapRefused(401, "request_denied"), grant.CodeFailed, grant.Failed, grant.FailureTokenLost},
		"the server says too_fast":    {gnapRefused(400, "too_fast"), grant.CodeNotRotated, grant.Granted, ""},
		"the server does not answer":  {&opclient.Error{Err: opclient.ErrOutcomeUnknown}, grant.CodeNotRotated, grant.Granted, ""},
		"there is no connection":      {errServerDown, grant.CodeNotRotated, grant.Granted, ""},
		"the server says 503 in vain": {&opclient.Error{Status: 503, Err: opclient.ErrOutcomeUnknown}, grant.CodeNotRotated, grant.Granted, ""},
	}
	for name, c := range hidden {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			id, token := l.unmanaged(t)
			if got, err := l.token(t, id, ""); err != nil || got.AccessToken != token {
				t.Fatalf("%+v, %v", got, err)
			}
			l.wallet.pollErr = c.poll
			_, err := l.token(t, id, token)
			wantCode(t, err, c.code)
			got := l.status(t, id)
			if got.Status != c.status || (got.Failure != nil) != (c.ends != "") || got.Failure != nil && got.Failure.Code != c.ends {
				t.Errorf("%+v", got)
			}
			if (l.wallet.cancels == 1) != (c.ends != "") || l.wallet.rotations != 0 {
				t.Errorf("%d cancels, %d rotations", l.wallet.cancels, l.wallet.rotations)
			}
		})
	}
}

func TestATokenThatCannotBeRotatedIsNotHandedOutAfterItsEnd(t *testing.T) {
	l := newLife(t)
	id, _ := l.unmanaged(t)
	l.clock.add(time.Hour)
	_, err := l.token(t, id, "")
	wantCode(t, err, grant.CodeFailed)
	if l.wallet.alive() != 0 {
		t.Error("not cancelled")
	}
}

func TestATokenFromTheContinueURIIsKept(t *testing.T) {
	l := newLife(t)
	id, token := l.unmanaged(t)
	l.Server = polled{l.wallet}
	got, err := l.token(t, id, token)
	if err != nil || got.AccessToken != "polled" || l.store.stored(t, id).Token != "polled" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWhatCannotBeRotatedIsNotDue(t *testing.T) {
	l := newLife(t)
	id := l.monthlyAsked(t)
	l.wallet.unmanaged = true
	l.wallet.expires = l.clock.Now().Add(10 * time.Minute)
	l.finish(t, id)
	if _, err := l.Token(t.Context(), owner, id, grant.TokenRequest{Code: codeOf(t, l, id)}); err != nil {
		t.Fatal(err)
	}
	if it := l.store.stored(t, id); it.Due != 0 || it.TTL != 0 {
		t.Errorf("due %d, TTL %d", it.Due, it.TTL)
	}
}

// A one-off grant ends when its wallet has forgotten the token.

func TestAOneOffGrantExpiresWhenItsTokenIsForgotten(t *testing.T) {
	l := newLife(t)
	id, _ := l.claimed(t)
	granted := l.clock.Now()
	if got, want := l.store.stored(t, id).TTL, granted.Add(60*day).Unix(); got != want {
		t.Errorf("kept until %d, want %d", got, want)
	}
	l.clock.add(29 * day)
	if _, err := l.token(t, id, ""); err != nil { // which rotates it
		t.Fatal(err)
	}
	if got, want := l.store.stored(t, id).TTL, granted.Add(89*day).Unix(); got != want {
		t.Errorf("kept until %d, want %d", got, want)
	}
	l.clock.add(30 * day)
	if got := l.status(t, id).Status; got != grant.Granted {
		t.Errorf("status %s at the last moment", got)
	}
	l.clock.add(time.Second)
	if got := l.status(t, id).Status; got != grant.Expired {
		t.Errorf("status %s", got)
	}
	_, err := l.token(t, id, "")
	wantCode(t, err, grant.CodeExpired)
	if l.wallet.rotations != 1 {
		t.Errorf("%d rotations", l.wallet.rotations)
	}
	if r, err := l.delete(t, id); err != nil || r.Result != grant.RevokedConfirmed || l.wallet.alive() != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestATokenThatLivesLongerThanAMonthOutlivesIt(t *testing.T) {
	l := newLife(t)
	l.wallet.expires = l.clock.Now().Add(90 * day)
	id, _ := l.claimed(t)
	l.clock.add(80 * day)
	if got := l.status(t, id).Status; got != grant.Granted {
		t.Errorf("status %s", got)
	}
	l.clock.add(11 * day)
	if got := l.status(t, id).Status; got != grant.Expired {
		t.Errorf("status %s", got)
	}
}

func TestWhatHasNoEndDoesNotExpire(t *testing.T) {
	l := newLife(t)
	recurring := l.monthly(t)
	l.wallet.expires = time.Time{}
	untold, _ := l.claimed(t)
	l.clock.add(365 * day)
	for _, id := range []string{recurring, untold} {
		if got := l.status(t, id).Status; got != grant.Granted || l.store.stored(t, id).TTL != 0 {
			t.Errorf("status %s", got)
		}
	}
}
