package grant_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
)

// What fails for a reason of its own is tried again with growing pauses, and given
// up in the end.

var errOwn = refused(404, "invalid_rotation")

// givenUp counts what was given up, and has the log.
func (l *life) givenUp() (count *int, log *bytes.Buffer) {
	count, log = new(int), new(bytes.Buffer)
	l.Log = slog.New(slog.NewTextHandler(log, nil))
	l.Count = func(_ context.Context, m grant.Metric, _ string, n int) {
		if m == grant.GivenUp {
			*count += n
		}
	}
	return count, log
}

// failUntilGivenUp lets the schedule work each half hour until the grant is given
// up. It returns the times of the tries.
func (l *life) failUntilGivenUp(t *testing.T, id string) (tries []time.Time) {
	t.Helper()
	for range 100 * 48 {
		if l.keep(t).Failed == 1 {
			tries = append(tries, l.clock.Now())
		}
		if l.store.stored(t, id).GivenUpAt() != 0 {
			return tries
		}
		l.clock.add(30 * time.Minute)
	}
	t.Fatal("it is not given up in 100 days")
	return nil
}

func TestARotationThatItsWalletRefusesIsGivenUpWhenTheTokenIsForgotten(t *testing.T) {
	l := newLife(t)
	id := l.monthly(t)
	made := l.store.stored(t, id).TokenMade.Time()
	count, log := l.givenUp()
	l.wallet.rotating = func(int) error { return errOwn }
	l.clock.add(20 * day)
	tries := l.failUntilGivenUp(t, id)
	if age := tries[len(tries)-1].Sub(made); age < 30*day || age > 32*day {
		t.Errorf("given up when its token was %s old", age)
	}
	if len(tries) < 10 || len(tries) > 20 {
		t.Errorf("given up after %d tries", len(tries))
	}
	for i, least := range []time.Duration{1, 2, 4, 8, 16, 24, 24} {
		if pause := tries[i+1].Sub(tries[i]); pause < least*time.Hour || pause > least*time.Hour*5/4+time.Hour {
			t.Errorf("pause %d is %s", i+1, pause)
		}
	}
	l.clock.add(40 * day)
	if r := l.keep(t); r != (keepReport{}) || *count != 1 || strings.Count(log.String(), "a grant is given up") != 1 {
		t.Errorf("%+v, counted %d: %s", r, *count, log)
	}
	it := l.store.stored(t, id)
	listed, err := l.store.ListDue(t.Context(), grant.ShardGivenUp, grant.DueItem{}, 10)
	if err != nil || len(listed) != 1 || listed[0] != (grant.DueItem{ID: id, Due: it.GivenUpAt()}) || !it.GivenUpAt().Time().Equal(tries[len(tries)-1].Truncate(time.Millisecond)) {
		t.Errorf("listed %v, %v, given up at %s", listed, err, it.GivenUpAt().Time())
	}
	// Its app tries it in vain: it stays where it is, and is not reported again.
	if _, err := l.token(t, id, ""); err == nil {
		t.Fatal("a token that cannot be rotated was handed out")
	}
	if got := l.store.stored(t, id); got.GivenUpAt() != it.GivenUpAt() || *count != 1 {
		t.Errorf("given up at %s, counted %d", got.GivenUpAt().Time(), *count)
	}
	// The wallet has been mended.
	l.wallet.rotating = nil
	if got, err := l.token(t, id, ""); err != nil || !l.wallet.works(got.AccessToken) {
		t.Errorf("%+v, %v", got, err)
	}
	if it := l.store.stored(t, id); it.GivenUpAt() != 0 || it.Failures != nil || it.Due.Time().Before(l.clock.Now().Add(19*day)) {
		t.Errorf("after a rotation: %+v, due %s", it.Failures, it.Due.Time())
	}
}

func TestACancelThatIsOwedIsNotGivenUpForAMonth(t *testing.T) {
	l := newLife(t)
	id, _ := l.claimed(t)
	count, _ := l.givenUp()
	l.wallet.cancelErr = refused(400, "strange")
	start := l.clock.Now()
	_, _ = l.delete(t, id)
	// Whoever asks for it again and again does not bring that nearer.
	for range 20 * 24 {
		_, _ = l.delete(t, id)
		l.clock.add(time.Hour)
	}
	tries := l.failUntilGivenUp(t, id)
	if took := tries[len(tries)-1].Sub(start); took < 30*day || took > 45*day || *count != 1 {
		t.Errorf("given up after %s, counted %d", took, *count)
	}
	l.wallet.cancelErr = nil
	if got := l.status(t, id); got.Status != grant.Revoked || l.wallet.alive() != 0 {
		t.Errorf("%+v, %d live tokens", got, l.wallet.alive())
	}
	if it := l.store.stored(t, id); it.Due != 0 || it.Shard != "" || it.Failures != nil {
		t.Errorf("due %v in %q, %+v", it.Due, it.Shard, it.Failures)
	}
}

func TestAnOperatorHasAGrantTriedAgain(t *testing.T) {
	l := newLife(t)
	id := l.monthly(t)
	if err := l.Retry(t.Context(), id); !errors.Is(err, grant.ErrNotGivenUp) {
		t.Errorf("a grant that is kept: %v", err)
	}
	if err := l.Retry(t.Context(), "gone"); !errors.Is(err, grant.ErrNotFound) {
		t.Errorf("no grant: %v", err)
	}
	count, _ := l.givenUp()
	l.wallet.rotating = func(int) error { return errOwn }
	l.clock.add(20 * day)
	l.failUntilGivenUp(t, id)
	l.clock.add(day)
	if err := l.Retry(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if r := l.keep(t); r != (keepReport{Failed: 1}) || l.store.stored(t, id).GivenUpAt() == 0 || *count != 2 {
		t.Errorf("%+v: it has failed again, and counted are %d", r, *count)
	}
	if err := l.Retry(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	l.wallet.rotating = nil
	if r := l.keep(t); r != (keepReport{Kept: 1}) {
		t.Errorf("%+v", r)
	}
}

// The planner has moved the due time when it handed the grant out. That time
// stands, so that the write costs nothing in the index.
func TestAHostThatFailsCostsTheGrantNothing(t *testing.T) {
	l := newLife(t)
	id := l.monthly(t)
	l.clock.add(20 * day)
	l.store.change(t, id, func(it *grant.Item) { it.Due = grant.At(l.clock.Now().Add(17 * time.Minute)) })
	before := l.store.stored(t, id)
	l.wallet.rotating = func(int) error { return errServerDown }
	for range 50 {
		if r := l.Keep(t.Context(), id, before.Due); r.Kind != grant.KeepFailedHost {
			t.Fatalf("%+v", r)
		}
	}
	if it := l.store.stored(t, id); it.Due != before.Due || it.Shard != before.Shard || it.Failures != nil {
		t.Errorf("due %s in %s, was %s in %s; failures %+v", it.Due.Time(), it.Shard, before.Due.Time(), before.Shard, it.Failures)
	}
	l.clock.add(18 * time.Minute)
	l.Keep(t.Context(), id, 0)
	if it := l.store.stored(t, id); !it.Due.Time().Equal(l.clock.Now().Add(time.Hour).Truncate(time.Millisecond)) {
		t.Errorf("handed out by nobody, it is due again at %s", it.Due.Time())
	}
}

func TestRotationsAreSpreadOverADay(t *testing.T) {
	l := newLife(t)
	hours := map[int]int{}
	for range 300 {
		it := l.store.stored(t, l.monthly(t))
		early := 20*day - it.Due.Time().Sub(it.TokenMade.Time())
		if early < 0 || early >= day {
			t.Fatalf("due %s before it is 20 days old", early)
		}
		hours[int(early.Hours())]++
	}
	for hour := range 24 {
		if n := hours[hour]; n == 0 || n > 40 {
			t.Errorf("%d of 300 are due in hour %d", n, hour)
		}
	}
	// Its promise is never broken for that.
	l.wallet.life = 25 * day
	l.wallet.expires = l.clock.Now().Add(25 * day)
	id := l.monthlyAsked(t)
	l.wallet.expires = l.clock.Now().Add(25 * day)
	l.finish(t, id)
	if _, err := l.Token(t.Context(), owner, id, grant.TokenRequest{Code: codeOf(t, l, id)}); err != nil {
		t.Fatal(err)
	}
	if it := l.store.stored(t, id); it.Due != it.TokenExpires {
		t.Errorf("a token that works until %s is rotated at %s", it.TokenExpires.Time(), it.Due.Time())
	}
}

// A caller who needs a token long before the schedule is to rotate it counts no
// failure of the schedule's.
func TestAFailureBeforeTheGrantsTurnIsNotCounted(t *testing.T) {
	l := newLife(t)
	id := l.monthly(t)
	due := l.store.stored(t, id).Due
	l.clock.add(day)
	l.wallet.rotating = func(int) error { return errOwn }
	if _, err := l.token(t, id, ""); err == nil {
		t.Fatal("a token that cannot be rotated was handed out")
	}
	if it := l.store.stored(t, id); it.Due != due || it.Failures != nil {
		t.Errorf("due %s, was %s; failures %+v", it.Due.Time(), due.Time(), it.Failures)
	}
}
