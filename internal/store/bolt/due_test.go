package bolt

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/test/storetest"
)

func TestWhatIsSweptIsNotDue(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "grants.db"))
	now := time.Now()
	for _, it := range []*grant.Item{
		{ID: "swept", Shard: "0", Due: 1, TTL: now.Unix() - 1},
		{ID: "swept too", Shard: "1", Due: 1, TTL: now.Unix() - 1},
		{ID: "swept, never due", TTL: now.Unix() - 1},
		{ID: "kept", Shard: "0", Due: 1},
	} {
		if err := s.Create(storetest.Deadline(t), it); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.sweep(storetest.Deadline(t), now); err != nil {
		t.Fatal(err)
	}
	mustBeDue(t, s, "0", "kept")
	mustBeDue(t, s, "1")
	if n := entries(t, s); n != 1 {
		t.Errorf("the calendar has %d entries for one item", n)
	}
}

func TestTheCalendarIsThereAfterOpeningAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grants.db")
	s := open(t, path)
	if err := s.Create(storetest.Deadline(t), &grant.Item{ID: "a", Shard: "0", Due: 1}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Due(storetest.Deadline(t), "0", 1, 1); err == nil {
		t.Error("a closed store still answers")
	}
	mustBeDue(t, open(t, path), "0", "a")
}

// TestAFileFromBeforeTheCalendarGetsOne: its items were due at no time.
func TestAFileFromBeforeTheCalendarGetsOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grants.db")
	s := open(t, path)
	it := &grant.Item{ID: "a"}
	if err := s.Create(storetest.Deadline(t), it); err != nil {
		t.Fatal(err)
	}
	if err := s.db.Update(func(tx *bbolt.Tx) error { return tx.DeleteBucket(dueBucket) }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	mustBeDue(t, s, "0")
	it.Shard, it.Due = "0", 1
	if err := s.Update(storetest.Deadline(t), it); err != nil {
		t.Fatal(err)
	}
	mustBeDue(t, s, "0", "a")
}

// TestAnEntryLeavesWithItsItem: whatever is written, the calendar has just the
// items that are due.
func TestAnEntryLeavesWithItsItem(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "grants.db"))
	it := &grant.Item{ID: "a"}
	if err := s.Create(storetest.Deadline(t), it); err != nil {
		t.Fatal(err)
	}
	for _, place := range []struct {
		shard string
		due   grant.Instant
		want  int
	}{{"", 0, 0}, {"0", 1, 1}, {"0", 1, 1}, {"0", 2, 1}, {"1", 2, 1}, {"1", 0, 0}, {"1", 3, 1}, {"", 3, 0}} {
		it.Shard, it.Due = place.shard, place.due
		if err := s.Update(storetest.Deadline(t), it); err != nil {
			t.Fatal(err)
		}
		if n := entries(t, s); n != place.want {
			t.Errorf("due at %d in %q it has %d entries", place.due, place.shard, n)
		}
	}
}

func mustBeDue(t *testing.T, s *Store, shard string, want ...string) {
	t.Helper()
	due, err := s.Due(storetest.Deadline(t), shard, 1, 10)
	var got []string
	for _, entry := range due {
		got = append(got, entry.ID)
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("due are %q, want %q (%v)", got, want, err)
	}
}

// entries counts all that the calendar has.
func entries(t *testing.T, s *Store) (n int) {
	t.Helper()
	err := s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(dueBucket).ForEachBucket(func(shard []byte) error {
			n += tx.Bucket(dueBucket).Bucket(shard).Stats().KeyN
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestManyRecurringGrantsCostABoundedNumberOfReadsAndWrites(t *testing.T) {
	s, err := openUnsynced(filepath.Join(t.TempDir(), "grants.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	storetest.Many(t, s, func(t *testing.T, items []*grant.Item) { seed(t, s, items) })
}

// seed writes items in a few transactions.
func seed(t testing.TB, s *Store, items []*grant.Item) {
	t.Helper()
	for some := range slices.Chunk(items, 1000) {
		err := s.file.update(storetest.Deadline(t), func(tx *bbolt.Tx) error {
			for _, it := range some {
				r, err := s.encode(it, it.ID, 1)
				if err != nil {
					return err
				}
				if err := replace(tx, it.ID, nil, r); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
