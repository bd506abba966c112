package bolt

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/store"
	"github.com/opgrants/opgrants/test/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Subject {
		s := open(t, filepath.Join(t.TempDir(), "grants.db"))
		return storetest.Subject{
			Store: s,
			Notes: Of(s.File, storetest.Notes), Payments: Of(s.File, store.Payments),
			SetAttribute: func(t *testing.T, id, name, value string) {
				members := stored(t, s, id)
				members[name] = mustMarshal(t, value)
				err := s.db.Update(func(tx *bbolt.Tx) error {
					return tx.Bucket(itemsBucket).Put([]byte(id), mustMarshal(t, members))
				})
				if err != nil {
					t.Fatal(err)
				}
			},
			Attributes: func(t *testing.T, id string) map[string]string {
				names := map[string]string{}
				for name, raw := range stored(t, s, id) {
					var text string
					_ = json.Unmarshal(raw, &text)
					names[name] = text
				}
				return names
			},
		}
	})
}

func TestTheFileIsThisUsersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grants.db")
	open(t, path)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, want 0600", info.Mode().Perm())
	}
}

func TestWhatWasWrittenIsThereAfterOpeningAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grants.db")
	s := open(t, path)
	if err := s.Create(storetest.Deadline(t), &grant.Item{ID: "a", Owner: "shop"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	if _, err := s.Get(storetest.Deadline(t), "a"); err == nil {
		t.Error("a closed store still answers")
	}
	if it, err := open(t, path).Get(storetest.Deadline(t), "a"); err != nil || it.Owner != "shop" {
		t.Errorf("got %v, %v", it, err)
	}
}

func TestWhatIsPastItsTTLIsSwept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grants.db")
	s := open(t, path)
	now := time.Now()
	for id, ttl := range map[string]int64{"past": now.Unix() - 1, "not yet": now.Unix() + 60, "never": 0} {
		if err := s.Create(storetest.Deadline(t), &grant.Item{ID: id, TTL: ttl}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	for until := time.Now().Add(10 * time.Second); time.Now().Before(until); time.Sleep(time.Millisecond) {
		if _, err := s.Get(storetest.Deadline(t), "past"); errors.Is(err, grant.ErrNotFound) {
			break // the start has swept, in the background
		}
	}
	exists(t, s, map[string]bool{"past": false, "not yet": true, "never": true})
	if err := s.sweep(storetest.Deadline(t), now.Add(2*time.Minute)); err != nil {
		t.Fatal(err)
	}
	exists(t, s, map[string]bool{"not yet": false, "never": true})
}

func exists(t *testing.T, s *Store, want map[string]bool) {
	t.Helper()
	for id, there := range want {
		_, err := s.Get(storetest.Deadline(t), id)
		if there && err != nil || !there && !errors.Is(err, grant.ErrNotFound) {
			t.Errorf("%q: %v, should it be there: %v", id, err, there)
		}
	}
}

func open(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// openUnsynced opens a file that is not safe from a crash, which saves time.
// Nothing is swept.
func openUnsynced(path string) (*Store, error) {
	f, err := openAtRest(path)
	if err != nil {
		return nil, err
	}
	f.db.NoSync = true
	f.work.Go(f.writeChanges)
	return &Store{f, Of(f, store.Grants)}, nil
}

func stored(t *testing.T, s *Store, id string) map[string]json.RawMessage {
	t.Helper()
	var members map[string]json.RawMessage
	err := s.db.View(func(tx *bbolt.Tx) error {
		return json.Unmarshal(tx.Bucket(itemsBucket).Get([]byte(id)), &members)
	})
	if err != nil {
		t.Fatal(err)
	}
	return members
}

func mustMarshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestAFileOfAnOlderVersionIsIndexed: it has no expiry index, or one that the
// older version did not keep.
func TestAFileOfAnOlderVersionIsIndexed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grants.db")
	s := open(t, path)
	now := time.Now()
	seed(t, s, many(1000, now))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for name, older := range map[string]func(*bbolt.Tx) error{
		"no index": func(tx *bbolt.Tx) error { return tx.DeleteBucket(expiryBucket) },
		"an item without an entry": func(tx *bbolt.Tx) error {
			return tx.Bucket(itemsBucket).Put([]byte("old"), []byte(`{"id":"old","v":1,"ttl":1}`))
		},
	} {
		db, err := bbolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(db.Update(older), db.Close()); err != nil {
			t.Fatal(err)
		}
		s := open(t, path)
		for until := time.Now().Add(20 * time.Second); !s.indexed.Load() && time.Now().Before(until); {
			time.Sleep(time.Millisecond)
		}
		if err := s.sweep(storetest.Deadline(t), now); err != nil {
			t.Fatal(err)
		}
		if items, entries := countItems(t, s, itemsBucket), countItems(t, s, expiryBucket); items != 500 || entries != 250 {
			t.Errorf("%s: %d items are left and %d entries, want 500 and 250", name, items, entries)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if s = open(t, path); !s.indexed.Load() {
			t.Errorf("%s: it is indexed again at each start", name)
		}
		_ = s.Close()
	}
}
