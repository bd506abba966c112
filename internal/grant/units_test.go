package grant_test

import (
	"context"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
)

// A meter is a store that counts what a table of DynamoDB charges for: reads, writes,
// and the entries of its two indexes that a write removes or makes. (DynamoDB
// Developer Guide, "Provisioned throughput considerations for Global Secondary
// Indexes".) Each ordinary item is one unit: see package dynamodb.
type meter struct {
	*memory
	used units
}

type units struct{ reads, writes, index int }

func (m *meter) Get(ctx context.Context, id string) (*grant.Item, error) {
	m.used.reads++
	return m.memory.Get(ctx, id)
}

func (m *meter) Create(ctx context.Context, it *grant.Item) error {
	m.write(&grant.Item{}, it)
	return m.memory.Create(ctx, it)
}

func (m *meter) Update(ctx context.Context, it *grant.Item) error {
	old, err := m.memory.Get(ctx, it.ID)
	if err != nil {
		return err
	}
	m.write(old, it)
	return m.memory.Update(ctx, it)
}

func (m *meter) write(old, next *grant.Item) {
	type entry struct {
		key string
		at  grant.Instant
	}
	m.used.writes++
	for _, moved := range [][2]entry{{{old.Shard, old.Due}, {next.Shard, next.Due}}, {{old.List, old.Created}, {next.List, next.Created}}} {
		for _, e := range moved {
			if moved[0] != moved[1] && e.key != "" {
				m.used.index++
			}
		}
	}
}

// TestWhatAnOperationCosts is the table of docs/costs.md for grants, without a
// DynamoDB. A row that becomes cheaper is to be changed here and there; one that
// becomes dearer needs a reason.
func TestWhatAnOperationCosts(t *testing.T) {
	rotated := func(l *life, id string) { l.refuse(t, id) }
	claimed := func(l *life) string { id, _ := l.claimed(t); return id }
	for _, tt := range []struct {
		name  string
		setUp func(l *life) string
		call  func(l *life, id string)
		want  units
	}{
		{"request", func(*life) string { return "" }, func(l *life, _ string) { l.asked(t) }, units{0, 1, 0}},
		{"request with a key and a reference", func(l *life) string { _ = l.Warm(t.Context()); return "" }, func(l *life, _ string) {
			if _, err := l.Request(t.Context(), owner, grant.Request{WalletAddress: alice, ReturnURL: shop, Unlimited: true, Reference: "order-7", IdempotencyKey: "k"}); err != nil {
				t.Fatal(err)
			}
		}, units{0, 2, 1}},
		{"finish", func(l *life) string { return l.asked(t).ID }, func(l *life, id string) { l.finish(t, id) }, units{1, 2, 1}},
		{"finish again", func(l *life) string { id, _ := l.granted(t); return id }, func(l *life, id string) { l.finish(t, id) }, units{1, 0, 0}},
		{"claim, one-off", func(l *life) string { id, _ := l.granted(t); return id }, func(l *life, id string) {
			l.handOut(t, id, grant.TokenRequest{Code: codeOf(t, l, id)})
		}, units{1, 1, 1}},
		{"claim, recurring", func(l *life) string { id := l.monthlyAsked(t); l.finish(t, id); return id }, func(l *life, id string) {
			l.handOut(t, id, grant.TokenRequest{Code: codeOf(t, l, id)})
		}, units{1, 1, 2}},
		{"token", claimed, func(l *life, id string) { l.handOut(t, id, grant.TokenRequest{}) }, units{1, 0, 0}},
		{"rotate, one-off", claimed, rotated, units{1, 2, 0}},
		{"rotate, recurring", func(l *life) string { id := l.monthly(t); l.clock.add(time.Minute); return id }, rotated, units{1, 2, 0}},
		{"rotate, recurring, five days later", func(l *life) string { id := l.monthly(t); l.clock.add(6 * day); return id }, rotated, units{1, 2, 2}},
		{"keep", func(l *life) string { id := l.monthly(t); l.clock.add(20 * day); return id },
			func(l *life, id string) { l.Keep(t.Context(), id, 0) }, units{1, 2, 2}},
		{"delete, one-off", claimed, func(l *life, id string) { l.mustBeGoneAfterDelete(t, id) }, units{1, 2, 2}},
		{"delete, recurring", func(l *life) string { return l.monthly(t) }, func(l *life, id string) { l.mustBeGoneAfterDelete(t, id) }, units{1, 2, 3}},
		{"delete again", func(l *life) string { id := claimed(l); l.mustBeGoneAfterDelete(t, id); return id },
			func(l *life, id string) { l.mustBeGoneAfterDelete(t, id) }, units{1, 0, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLife(t)
			m := &meter{memory: l.store}
			l.Store = m
			id := tt.setUp(l)
			m.used = units{}
			tt.call(l, id)
			if m.used != tt.want {
				t.Errorf("%+v, want %+v", m.used, tt.want)
			}
		})
	}
}

// TestADailyRotationMovesTheDueTimeSeldom, and the token that is left is still rotated
// before it is 21 days old, and never before the time that came with it.
func TestADailyRotationMovesTheDueTimeSeldom(t *testing.T) {
	for tokenLife, index := range map[time.Duration]int{10 * time.Minute: 12, 17 * day: 20, 30 * day: 60} {
		l := newLife(t)
		id := l.monthly(t)
		m := &meter{memory: l.store}
		l.Store, l.wallet.life = m, tokenLife
		for range 30 {
			l.clock.add(day)
			l.refuse(t, id)
		}
		if m.used.writes != 60 || m.used.index > index {
			t.Errorf("a token of %s: 30 rotations cost %+v", tokenLife, m.used)
		}
		it := l.store.stored(t, id)
		for l.keep(t).Kept == 0 && l.clock.Now().Before(it.Due.Time().Add(2*time.Hour)) {
			l.clock.add(time.Hour)
		}
		next := l.store.stored(t, id)
		age := next.TokenMade.Time().Sub(it.TokenMade.Time())
		if next.TokenMade < it.TokenExpires || age < 14*day || age > max(21*day, tokenLife) {
			t.Errorf("a token of %s, due when it is %s old, was rotated when it was %s old", tokenLife, it.Due.Time().Sub(it.TokenMade.Time()), age)
		}
	}
}

// refuse has a token rotated that a resource server did not accept.
func (l *life) refuse(t *testing.T, id string) {
	t.Helper()
	if _, err := l.Token(t.Context(), owner, id, grant.TokenRequest{Refused: l.store.stored(t, id).Token}); err != nil {
		t.Fatal(err)
	}
}

// A token that lives shorter than the one before is due earlier.
func TestADueTimeThatIsTooLateForATokenMoves(t *testing.T) {
	l := newLife(t)
	id := l.monthly(t)
	for _, l.wallet.life = range []time.Duration{30 * day, 10 * time.Minute} {
		l.refuse(t, id)
	}
	if it := l.store.stored(t, id); it.Due.Time().Sub(it.TokenMade.Time()) > 20*day {
		t.Errorf("it is due %s after the token came", it.Due.Time().Sub(it.TokenMade.Time()))
	}
}
