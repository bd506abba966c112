package grant_test

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Rule 12: consent is kept.

// Due makes the memory a calendar.
func (m *memory) Due(_ context.Context, shard string, now grant.Instant, limit int) ([]grant.DueItem, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.unread != nil {
		return nil, m.unread
	}
	var due []grant.DueItem
	for _, b := range m.items {
		var it struct { // not the whole item: this is asked often
			Shard string        `json:"sh"`
			Due   grant.Instant `json:"du"`
			ID    string        `json:"id"`
		}
		if err := json.Unmarshal(b, &it); err != nil {
			return nil, err
		}
		if it.Shard == shard && it.Due <= now {
			due = append(due, grant.DueItem{ID: it.ID, Due: it.Due})
		}
	}
	slices.SortFunc(due, func(a, b grant.DueItem) int { return cmp.Compare(a.Due, b.Due) })
	return due[:min(limit, len(due))], nil
}

// Postpone makes the memory a calendar.
func (m *memory) Postpone(_ context.Context, id string, from, to grant.Instant) (*grant.Item, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var it grant.Item
	if from == 0 || json.Unmarshal(m.items[id], &it) != nil || it.Shard == "" || it.Due != from {
		return nil, false, nil
	}
	it.Due = to
	it.Version++
	return &it, true, m.write(&it)
}

// List makes the memory a calendar.
func (m *memory) ListDue(ctx context.Context, shard string, after grant.DueItem, limit int) ([]grant.DueItem, error) {
	all, err := m.Due(ctx, shard, math.MaxInt64, math.MaxInt)
	all = slices.DeleteFunc(all, func(e grant.DueItem) bool {
		return e.Due < after.Due || e.Due == after.Due && e.ID <= after.ID
	})
	return all[:min(limit, len(all))], err
}

// A keepReport counts what became of the grants that were due.
type keepReport struct{ Kept, Settled, Lost, Failed int }

// keep gives each grant that is due its turn, as the schedule does: it moves the
// due time, and hands the grant out with that.
func (l *life) keep(t *testing.T) (r keepReport) {
	t.Helper()
	for _, shard := range grant.Shards {
		due, err := l.store.Due(t.Context(), shard, grant.At(l.clock.Now()), 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range due {
			moved, ok, err := l.store.Postpone(t.Context(), entry.ID, entry.Due, grant.At(l.clock.Now().Add(time.Hour)))
			if err != nil || !ok {
				t.Fatal(ok, err)
			}
			switch k := l.Keep(t.Context(), entry.ID, moved.Due); {
			case k.Kind == grant.KeepRotated:
				r.Kept++
			case k.Kind == grant.KeepEnded && k.Lost:
				r.Lost++
			case k.Kind == grant.KeepEnded:
				r.Settled++
			case k.Cause != nil:
				r.Failed++
			}
		}
	}
	return r
}

// monthly is a claimed grant with an interval.
func (l *life) monthly(t *testing.T) (id string) {
	t.Helper()
	id = l.monthlyAsked(t)
	l.wallet.expires = l.clock.Now().Add(10 * time.Minute)
	l.finish(t, id)
	if _, err := l.Token(t.Context(), owner, id, grant.TokenRequest{Code: codeOf(t, l, id)}); err != nil {
		t.Fatal(err)
	}
	return id
}

func (l *life) monthlyAsked(t *testing.T) (id string) {
	t.Helper()
	r, err := l.Request(t.Context(), owner, grant.Request{WalletAddress: alice, ReturnURL: shop,
		Limits: &grant.LimitsRequest{DebitAmount: &grant.AmountRequest{Value: "500"}, Interval: "R/2026-05-01T00:00:00Z/P1M"}})
	if err != nil {
		t.Fatal(err)
	}
	l.clock.add(5 * time.Second)
	return r.ID
}

func TestATokenIsRotatedBeforeItIs21DaysOld(t *testing.T) {
	t.Parallel()
	l := newLife(t)
	id := l.monthly(t)
	made := l.clock.Now()
	for range 99 * 4 {
		l.clock.add(6 * time.Hour)
		if r := l.keep(t); r.Kept == 1 {
			if age := l.clock.Now().Sub(made); age < 19*day {
				t.Errorf("a token was rotated when it was %s old", age)
			}
			made = l.clock.Now()
		} else if r != (keepReport{}) {
			t.Fatalf("%+v", r)
		}
		if age := l.clock.Now().Sub(made); age >= 21*day {
			t.Fatalf("a token is %s old", age)
		}
	}
	if l.wallet.rotations != 4 && l.wallet.rotations != 5 {
		t.Errorf("%d rotations in 99 days", l.wallet.rotations)
	}
	if got, err := l.token(t, id, ""); err != nil || !l.wallet.works(got.AccessToken) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestConsentIsKeptThoughTheWalletDoesNotRepeatTheInterval(t *testing.T) {
	l := newLife(t)
	l.wallet.access = []opclient.Access{{Type: opclient.TypeOutgoingPayment, Actions: []string{"create"}, Identifier: alice}}
	l.monthly(t)
	l.clock.add(20 * day)
	if r := l.keep(t); r != (keepReport{Kept: 1}) {
		t.Errorf("%+v", r)
	}
}

func TestOnlyWhatIsToBeKeptOrSettledIsInTheCalendar(t *testing.T) {
	l := newLife(t)
	recurring := l.monthly(t)
	for name, id := range map[string]string{"pending": l.asked(t).ID, "claimed": first(l.claimed(t))} {
		if it := l.store.stored(t, id); it.Due != 0 || it.Shard != "" {
			t.Errorf("a one-off grant is in the calendar when %s", name)
		}
	}
	if it := l.store.stored(t, recurring); it.Due == 0 || it.Shard == "" {
		t.Error("a recurring grant is not in the calendar")
	}
	unclaimed := l.monthlyAsked(t)
	l.finish(t, unclaimed)
	for _, id := range []string{unclaimed, first(l.granted(t))} {
		it := l.store.stored(t, id)
		if want := it.GrantedAt.Time().Add(5*time.Minute + time.Millisecond); it.Shard == "" || !it.Due.Time().Equal(want) {
			t.Errorf("a grant that nobody claimed is due at %s, want when its code expires: %s", it.Due.Time(), want)
		}
	}
	l.wallet.expires = time.Time{}
	untold := l.monthlyAsked(t)
	l.finish(t, untold)
	if _, err := l.Token(t.Context(), owner, untold, grant.TokenRequest{Code: codeOf(t, l, untold)}); err != nil {
		t.Fatal(err)
	}
	if it := l.store.stored(t, untold); it.Due != 0 {
		t.Error("a token without a told life is in the calendar")
	}
	l.wallet.cancelErr = errServerDown
	id := first(l.claimed(t))
	_, _ = l.delete(t, id)
	if it := l.store.stored(t, id); it.Due == 0 || it.Shard == "" {
		t.Error("a cancel that is owed is not in the calendar")
	}
}

func first[A, B any](a A, _ B) A { return a }

func TestAnOwedCancelIsSettledByTheSchedule(t *testing.T) {
	l := newLife(t)
	id, _ := l.claimed(t)
	l.wallet.cancelErr = errServerDown
	_, _ = l.delete(t, id)
	if r := l.keep(t); r != (keepReport{}) {
		t.Errorf("tried again at once: %+v", r)
	}
	l.clock.add(time.Hour)
	if r := l.keep(t); r != (keepReport{Failed: 1}) {
		t.Errorf("%+v", r)
	}
	l.wallet.cancelErr = nil
	l.clock.add(time.Hour)
	if r := l.keep(t); r != (keepReport{Settled: 1}) {
		t.Errorf("%+v", r)
	}
	if it := l.store.stored(t, id); it.Status != grant.Revoked || it.Due != 0 || l.wallet.alive() != 0 {
		t.Errorf("%s", it.Status)
	}
	l.clock.add(time.Hour)
	if r := l.keep(t); r != (keepReport{}) {
		t.Errorf("settled twice: %+v", r)
	}
}

func TestACrashWhileACancelIsOwedIsSettledByTheSchedule(t *testing.T) {
	l := newLife(t)
	id, _ := l.claimed(t)
	l.store.after = func(it *grant.Item) error {
		if it.Lease != nil {
			panic("crash")
		}
		return nil
	}
	func() {
		defer func() { _ = recover(); l.store.mu.TryLock(); l.store.mu.Unlock() }()
		_, _ = l.delete(t, id)
	}()
	l.store.after = nil
	l.clock.add(time.Minute)
	if r := l.keep(t); r != (keepReport{Settled: 1}) || l.wallet.alive() != 0 {
		t.Errorf("%+v, %d live tokens", r, l.wallet.alive())
	}
}

func TestAServerThatIsDownForADayLosesNoGrant(t *testing.T) {
	l := newLife(t)
	id := l.monthly(t)
	l.clock.add(20 * day)
	for name, down := range map[string]error{"no connection": errServerDown, "no answer": &opclient.Error{Err: opclient.ErrOutcomeUnknown}} {
		l.wallet.rotating = func(int) error { l.clock.add(time.Second); return down } // which takes its time
		failed := 0
		for range 24 {
			failed += l.keep(t).Failed + l.keep(t).Failed // once an hour is enough
			l.clock.add(time.Hour)
		}
		if failed != 24 {
			t.Errorf("%s: %d tries in a day", name, failed)
		}
		l.wallet.rotating = nil
		if r := l.keep(t); r != (keepReport{Kept: 1}) {
			t.Errorf("%s: %+v", name, r)
		}
		if got, err := l.token(t, id, ""); err != nil || !l.wallet.works(got.AccessToken) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		l.clock.add(20 * day)
	}
}

func TestAGrantThatItsWalletHasEndedIsReportedAsLost(t *testing.T) {
	l := newLife(t)
	id := l.monthly(t)
	l.wallet.live = nil
	l.clock.add(20 * day)
	if r := l.keep(t); r != (keepReport{Lost: 1}) {
		t.Errorf("%+v", r)
	}
	if got := l.status(t, id); got.Status != grant.Revoked || got.Failure.Code != grant.FailureRevoked {
		t.Errorf("%+v", got)
	}
}

func TestATokenThatIsHandedOutIsNotRotatedUnderItsHolder(t *testing.T) {
	l := newLife(t)
	l.wallet.life = 25 * day
	id := l.monthly(t)
	l.clock.add(time.Hour)
	held, err := l.token(t, id, "")
	if err != nil {
		t.Fatal(err)
	}
	for l.clock.Now().Before(*held.ExpiresAt) {
		if l.keep(t); !l.wallet.works(held.AccessToken) {
			t.Fatalf("dead %s before its time", held.ExpiresAt.Sub(l.clock.Now()))
		}
		l.clock.add(day)
	}
	if r := l.keep(t); r.Kept != 1 {
		t.Errorf("%+v", r)
	}
}

func TestWhatIsNotDueAnyMoreIsLeftAlone(t *testing.T) {
	l := newLife(t)
	due, leased := l.monthly(t), l.monthly(t)
	l.clock.add(time.Minute)
	l.store.change(t, leased, func(it *grant.Item) {
		it.Lease = &grant.Lease{ID: "another's", Until: grant.At(l.clock.Now().Add(time.Minute))}
	})
	for _, id := range []string{due, l.asked(t).ID, leased, "gone"} {
		writes := l.store.writes
		if r := l.Keep(t.Context(), id, 0); r.Kind != grant.KeepNotDue || l.store.writes != writes || l.wallet.rotations != 0 {
			t.Errorf("%+v, %d rotations", r, l.wallet.rotations)
		}
	}
}

// A task may come late or twice: the grant was handed out again since.
func TestATaskOfAnEarlierDueTimeDoesNothing(t *testing.T) {
	l := newLife(t)
	id := l.monthly(t)
	l.clock.add(20 * day)
	due := l.store.stored(t, id).Due
	writes := l.store.writes
	if r := l.Keep(t.Context(), id, due-1); r.Kind != grant.KeepNotDue || r.Host == "" || l.store.writes != writes {
		t.Errorf("%+v", r)
	}
	if r := l.Keep(t.Context(), id, due); r.Kind != grant.KeepRotated {
		t.Errorf("%+v", r)
	}
	if r := l.Keep(t.Context(), id, due); r.Kind != grant.KeepNotDue || l.wallet.rotations != 1 {
		t.Errorf("a second time: %+v", r)
	}
}
