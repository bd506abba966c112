package grant_test

import (
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Keep is one grant's turn in the schedule.

func TestKeepTellsWhoseFailureItWas(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		kind grant.KeepKind
	}{
		"no connection":           {errServerDown, grant.KeepFailedHost},
		"no answer":               {&opclient.Error{Err: opclient.ErrOutcomeUnknown}, grant.KeepFailedHost},
		"a 5xx":                   {&opclient.Error{Status: 502, Err: opclient.ErrOutcomeUnknown}, grant.KeepFailedHost},
		"429":                     {&opclient.Error{Status: 429, RetryAfter: 90 * time.Second, Err: opclient.ErrRefused}, grant.KeepFailedHost},
		"a refusal of this grant": {refused(404, "invalid_rotation"), grant.KeepFailedGrant},
		"a broken answer":         {&opclient.Error{Status: 200, Err: opclient.ErrInvalidAnswer}, grant.KeepFailedGrant},
		"our key is refused":      {&grant.Error{Code: grant.CodeKeyRefused, Err: refused(400, "invalid_client")}, grant.KeepFailedHost},
		"too long to be signed":   {&grant.Error{Code: grant.CodeWalletInvalid, Err: opclient.ErrNotSent}, grant.KeepFailedGrant},
		"our key is missing":      {&grant.Error{Code: grant.CodeKeyMissing}, grant.KeepFailedHere},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			id := l.monthly(t)
			l.clock.add(20 * day)
			l.wallet.rotating = func(int) error { return c.err }
			r := l.Keep(t.Context(), id, 0)
			if r.Kind != c.kind || r.Cause == nil || r.Host != "auth.wallet.example" || (r.RetryAfter != 0) != (name == "429") {
				t.Errorf("%+v", r)
			}
			l.clock.add(time.Hour)
			l.wallet.rotating = nil
			l.wallet.cancelErr = c.err
			_, _ = l.delete(t, id)
			if r := l.Keep(t.Context(), id, 0); r.Kind != c.kind {
				t.Errorf("of a cancel: %+v", r)
			}
		})
	}
}

func TestKeepDoesWhatIsDueOnce(t *testing.T) {
	l := newLife(t)
	id := l.monthly(t)
	l.clock.add(20 * day)
	for i, want := range []grant.KeepKind{grant.KeepRotated, grant.KeepNotDue} {
		if r := l.Keep(t.Context(), id, 0); r.Kind != want || r.Cause != nil {
			t.Errorf("time %d: %+v", i+1, r)
		}
	}
	for id, want := range map[string]grant.KeepKind{"gone": grant.KeepNotDue, l.asked(t).ID: grant.KeepNotDue, first(l.claimed(t)): grant.KeepNotDue} {
		if r := l.Keep(t.Context(), id, 0); r.Kind != want {
			t.Errorf("%+v", r)
		}
	}
}

// A planner may have moved the due time forward when the grant's turn comes.
func TestKeepDecidesFromTheGrantAndNotFromItsDueTime(t *testing.T) {
	l := newLife(t)
	id := l.monthly(t)
	l.clock.add(20 * day)
	l.store.change(t, id, func(it *grant.Item) { it.Due = grant.At(l.clock.Now().Add(time.Hour)) })
	if r := l.Keep(t.Context(), id, 0); r.Kind != grant.KeepRotated {
		t.Errorf("%+v", r)
	}
}

func TestAGrantThatNobodyClaimedIsEndedByTheSchedule(t *testing.T) {
	l := newLife(t)
	id, _ := l.granted(t)
	l.clock.add(5 * time.Minute)
	if r := l.keep(t); r != (keepReport{}) {
		t.Errorf("while its code is good: %+v", r)
	}
	l.clock.add(time.Second)
	if r := l.keep(t); r != (keepReport{Settled: 1}) {
		t.Errorf("%+v", r)
	}
	if got := l.status(t, id); got.Failure.Code != grant.FailureNeverClaimed || l.wallet.alive() != 0 {
		t.Errorf("%+v", got)
	}
}

func TestAStoreThatIsDownIsNotTheWalletsFault(t *testing.T) {
	inBubble(t, func(t *testing.T, l *life) {
		id := l.monthly(t)
		l.clock.add(20 * day)
		l.store.deaf = func() error { return errDown }
		if r := l.Keep(t.Context(), id, 0); r.Kind != grant.KeepFailedHere || r.Host != "" {
			t.Errorf("%+v", r)
		}
		l.store.deaf = nil
		l.store.broken = func(*grant.Item) error { return errDown }
		if r := l.Keep(t.Context(), id, 0); r.Kind != grant.KeepFailedHere || r.Host == "" {
			t.Errorf("%+v", r)
		}
	})
}
