package storetest

import (
	"crypto/rand"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
)

const (
	noon  grant.Instant = 1795348800000 // of 22 November 2026
	after               = noon + 1
	all                 = 1000 // more than there are
)

// newShard is one that no other test uses.
func newShard() string { return rand.Text() }

// due creates an item that is due then.
func due(t *testing.T, s Subject, shard string, at grant.Instant) *grant.Item {
	t.Helper()
	it := newItem()
	it.Shard, it.Due = shard, at
	return create(t, s, it)
}

func list(t *testing.T, s Subject, shard string, now grant.Instant, limit int) []string {
	t.Helper()
	due, err := s.Store.Due(Deadline(t), shard, now, limit)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, entry := range due {
		ids = append(ids, entry.ID)
	}
	return ids
}

// mustList waits for as long as the calendar may lag.
func mustList(t *testing.T, s Subject, shard string, now grant.Instant, limit int, want ...*grant.Item) {
	t.Helper()
	var ids []string
	for _, it := range want {
		ids = append(ids, it.ID)
	}
	mustBecome(t, s, func() ([]string, bool) {
		got := list(t, s, shard, now, limit)
		return got, slices.Equal(got, ids)
	}, ids)
}

func mustBecome(t *testing.T, s Subject, look func() (got []string, ok bool), want []string) {
	t.Helper()
	for until := time.Now().Add(s.Lag); ; time.Sleep(10 * time.Millisecond) {
		got, ok := look()
		if ok {
			return
		}
		if !time.Now().Before(until) {
			t.Errorf("listed are %q, want %q", got, want)
			return
		}
	}
}

func dueInOrder(t *testing.T, s Subject) {
	shard := newShard()
	mustList(t, s, shard, noon, all)
	// Not in the order of their ids, nor of their creation; 9 and 10 are
	// not in the order of their digits.
	third, first, fourth, second := due(t, s, shard, 10), due(t, s, shard, -1), due(t, s, shard, noon), due(t, s, shard, 9)
	mustList(t, s, shard, noon, all, first, second, third, fourth)
}

func dueAtItsTime(t *testing.T, s Subject) {
	shard := newShard()
	early, it, late := due(t, s, shard, noon-1), due(t, s, shard, noon), due(t, s, shard, math.MaxInt64)
	mustList(t, s, shard, noon-2, all)
	mustList(t, s, shard, noon-1, all, early)
	mustList(t, s, shard, noon, all, early, it)
	mustList(t, s, shard, math.MaxInt64-1, all, early, it)
	mustList(t, s, shard, math.MaxInt64, all, early, it, late)
}

func neverDue(t *testing.T, s Subject) {
	shard := newShard()
	create(t, s, newItem())
	noTime, noShard := newItem(), newItem()
	noTime.Shard, noShard.Due = shard, noon
	create(t, s, noTime)
	create(t, s, noShard)
	marker := due(t, s, shard, noon)
	mustList(t, s, shard, math.MaxInt64, all, marker)
	marker.Shard, marker.Due = "", 0
	if err := s.Store.Update(Deadline(t), marker); err != nil {
		t.Fatal(err)
	}
	mustList(t, s, shard, math.MaxInt64, all)
}

func dueByShard(t *testing.T, s Subject) {
	one, two := newShard(), newShard()
	first, second, third := due(t, s, one, 1), due(t, s, two, 2), due(t, s, one, 3)
	mustList(t, s, one, noon, all, first, third)
	mustList(t, s, two, noon, all, second)
	mustList(t, s, newShard(), noon, all)
	mustList(t, s, one[:len(one)-1], noon, all)
}

func dueWithinLimit(t *testing.T, s Subject) {
	shard := newShard()
	first, second, third := due(t, s, shard, 1), due(t, s, shard, 2), due(t, s, shard, 3)
	mustList(t, s, shard, noon, 4, first, second, third)
	mustList(t, s, shard, noon, 3, first, second, third)
	mustList(t, s, shard, noon, 2, first, second)
	mustList(t, s, shard, noon, 1, first)
	mustList(t, s, shard, noon, 0)
	mustList(t, s, shard, noon, -1)
}

// dueAtOnce: whoever looks at a part, and moves it on, comes to the others.
func dueAtOnce(t *testing.T, s Subject) {
	const together, part = 10, 3
	shard := newShard()
	items := map[string]*grant.Item{}
	var ids []string
	for range together {
		it := due(t, s, shard, noon)
		items[it.ID] = it
		ids = append(ids, it.ID)
	}
	slices.Sort(ids)
	mustBecome(t, s, func() ([]string, bool) {
		got := list(t, s, shard, noon, all)
		slices.Sort(got)
		return got, slices.Equal(got, ids)
	}, ids)

	for left := together; left > 0; left -= part {
		var got []string
		mustBecome(t, s, func() ([]string, bool) {
			got = list(t, s, shard, noon, part)
			return got, len(got) == min(part, left) && !slices.ContainsFunc(got, func(id string) bool { return items[id] == nil })
		}, ids)
		for _, id := range got {
			it := items[id]
			if it == nil {
				t.Fatalf("%s is listed again", id)
			}
			delete(items, id)
			it.Due = after
			if err := s.Store.Update(Deadline(t), it); err != nil {
				t.Fatal(err)
			}
		}
	}
	mustList(t, s, shard, noon, all)
}

// listInParts: whoever lists a shard part by part comes to each item once, also
// when many are due at the same time, and when some leave meanwhile.
func listInParts(t *testing.T, s Subject) {
	shard := newShard()
	want := []string{due(t, s, shard, -4).ID, due(t, s, shard, 2).ID}
	var together []string
	for range 5 {
		together = append(together, due(t, s, shard, 10).ID)
	}
	last := due(t, s, shard, math.MaxInt64)
	due(t, s, newShard(), 3)
	mustBecome(t, s, func() ([]string, bool) {
		var got []string
		for after := (grant.DueItem{}); ; {
			part, err := s.Store.ListDue(Deadline(t), shard, after, 3)
			if err != nil || len(part) > 3 {
				t.Fatal(part, err)
			}
			for _, entry := range part {
				got = append(got, entry.ID)
			}
			if len(part) < 3 {
				break
			}
			after = part[2]
		}
		if len(got) != 8 {
			return got, false
		}
		slices.Sort(got[2:7])
		slices.Sort(together)
		return got, slices.Equal(got, slices.Concat(want, together, []string{last.ID}))
	}, slices.Concat(want, together, []string{last.ID}))

	// The entry after which the list goes on may have left.
	it := get(t, s, last.ID)
	it.Shard, it.Due = "", 0
	if err := s.Store.Update(Deadline(t), it); err != nil {
		t.Fatal(err)
	}
	mustBecome(t, s, func() ([]string, bool) {
		part, err := s.Store.ListDue(Deadline(t), shard, grant.DueItem{ID: last.ID, Due: math.MaxInt64}, 3)
		return nil, err == nil && len(part) == 0
	}, nil)
	if part, err := s.Store.ListDue(Deadline(t), shard, grant.DueItem{ID: want[0], Due: -4}, 1); err != nil || len(part) != 1 || part[0].ID != want[1] {
		t.Errorf("after the first comes %v, %v", part, err)
	}
}

func dueMoves(t *testing.T, s Subject) {
	shard, other := newShard(), newShard()
	it, stays := due(t, s, shard, 1), due(t, s, shard, 5)
	for _, move := range []struct {
		shard string
		at    grant.Instant
	}{{shard, 9}, {other, 9}, {shard, 2}} {
		it.Shard, it.Due = move.shard, move.at
		if err := s.Store.Update(Deadline(t), it); err != nil {
			t.Fatal(err)
		}
		switch {
		case move.shard == other:
			mustList(t, s, shard, noon, all, stays)
			mustList(t, s, other, noon, all, it)
		case move.at > stays.Due:
			mustList(t, s, shard, noon, all, stays, it)
		default:
			mustList(t, s, shard, noon, all, it, stays)
			mustList(t, s, other, noon, all)
		}
	}
	// A change of something else leaves it where it is.
	it.Status = grant.Failed
	if err := s.Store.Update(Deadline(t), it); err != nil {
		t.Fatal(err)
	}
	mustList(t, s, shard, noon, all, it, stays)
}

func dueLeaves(t *testing.T, s Subject) {
	shard := newShard()
	it, stays := due(t, s, shard, 1), due(t, s, shard, 1)
	it.Shard, it.Due = "", 0
	if err := s.Store.Update(Deadline(t), it); err != nil {
		t.Fatal(err)
	}
	mustList(t, s, shard, noon, all, stays)
	it.Shard, it.Due = shard, 2
	if err := s.Store.Update(Deadline(t), it); err != nil {
		t.Fatal(err)
	}
	mustList(t, s, shard, noon, all, stays, it)
}

func dueAfterConflict(t *testing.T, s Subject) {
	shard := newShard()
	it := due(t, s, shard, 1)
	older := *it
	it.Due = 2
	if err := s.Store.Update(Deadline(t), it); err != nil {
		t.Fatal(err)
	}
	older.Due = 3
	if err := s.Store.Update(Deadline(t), &older); err == nil {
		t.Error("an older version was written")
	}
	again := newItem()
	again.ID, again.Shard, again.Due = it.ID, shard, 4
	if err := s.Store.Create(Deadline(t), again); err == nil {
		t.Error("it was created twice")
	}
	never := newItem()
	never.Version, never.Shard, never.Due = 1, shard, 5
	if err := s.Store.Update(Deadline(t), never); err == nil {
		t.Error("what is not there was updated")
	}
	mustList(t, s, shard, 1, all)
	mustList(t, s, shard, noon, all, it)
}

func dueWithUnknown(t *testing.T, s Subject) {
	shard := newShard()
	it := due(t, s, shard, 1)
	s.SetAttribute(t, it.ID, "fromTheFuture", "kept")
	mustList(t, s, shard, noon, all, it)
	it.Due = 2
	if err := s.Store.Update(Deadline(t), it); err != nil {
		t.Fatal(err)
	}
	mustList(t, s, shard, 1, all)
	mustList(t, s, shard, 2, all, it)
}

func dueAfterRace(t *testing.T, s Subject) {
	shard := newShard()
	it := due(t, s, shard, 1)
	moves := make(chan grant.Instant, atOnce)
	for i := range grant.Instant(atOnce) {
		moves <- 2 + i
	}
	winner := race(t, grant.ErrConflict, it, func(mine *grant.Item) error {
		mine.Due = <-moves
		return s.Store.Update(Deadline(t), mine)
	})
	mustList(t, s, shard, noon, all, winner)
	mustList(t, s, shard, winner.Due-1, all)
	mustList(t, s, shard, winner.Due, all, winner)
}
