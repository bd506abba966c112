package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/test/storetest"
)

// The files in these tests.
var pageSize = os.Getpagesize()

const items = 40

// aFile is a closed file with some grants, and its bytes.
func aFile(t *testing.T) (path string, content []byte) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "grants.db")
	s := open(t, path)
	seed(t, s, many(items, time.Now().Add(time.Hour)))
	for i := range 5 { // leaves free pages
		if err := s.Update(storetest.Deadline(t), mustGet(t, s, numbered(i).ID)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, content
}

func mustGet(t *testing.T, s *Store, id string) *grant.Item {
	t.Helper()
	it, err := s.Get(storetest.Deadline(t), id)
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// A damage turns the bytes of a good file into those of a bad one.
type damage struct {
	name string
	do   func(content []byte) []byte
}

func damages(content []byte) []damage {
	all := []damage{
		{"empty", func([]byte) []byte { return nil }},
		{"one byte", func(b []byte) []byte { return b[:1] }},
		{"half a page", func(b []byte) []byte { return b[:pageSize/2] }},
		{"a text", func([]byte) []byte { return []byte(strings.Repeat("something else ", 1000)) }},
		{"another database", func([]byte) []byte { return append([]byte("SQLite format 3\x00"), make([]byte, 1<<16)...) }},
		{"zeros", func(b []byte) []byte { return make([]byte, len(b)) }},
		{"random", func(b []byte) []byte { return randomBytes(len(b), 1) }},
	}
	pages := len(content) / pageSize
	for n := 1; n < pages; n += 1 + pages/16 {
		all = append(all, damage{fmt.Sprintf("cut off after %d pages", n), func(b []byte) []byte { return b[:n*pageSize] }})
	}
	for n := range pages {
		all = append(all,
			damage{fmt.Sprintf("page %d zeroed", n), func(b []byte) []byte { return overwrite(b, n*pageSize, make([]byte, pageSize)) }},
			damage{fmt.Sprintf("page %d random", n), func(b []byte) []byte {
				return overwrite(b, n*pageSize, randomBytes(pageSize, uint64(n)))
			}},
			damage{fmt.Sprintf("page %d random from its middle", n), func(b []byte) []byte {
				return overwrite(b, n*pageSize+pageSize/2, randomBytes(pageSize/2, uint64(n)))
			}},
			damage{fmt.Sprintf("page %d random after its header", n), func(b []byte) []byte {
				return overwrite(b, n*pageSize+pageHeader, randomBytes(200, uint64(n)))
			}})
	}
	return all
}

func overwrite(b []byte, at int, by []byte) []byte {
	return append(append(bytes.Clone(b[:at]), by...), b[at+len(by):]...)
}

func randomBytes(n int, seed uint64) []byte {
	r := mathrand.New(mathrand.NewPCG(seed, 7))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// TestADamagedFileIsAnError: whatever is damaged, at the start or later, opening
// it and all operations end, without a panic or a signal. An error says which
// file it is and what to do; an item that is read is what was written.
func TestADamagedFileIsAnError(t *testing.T) {
	path, content := aFile(t)
	refused, noticed := 0, 0
	for _, d := range damages(content) {
		t.Run(d.name, func(t *testing.T) {
			if err := os.WriteFile(path, d.do(content), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := openUnsynced(path)
			if err != nil {
				refused++
				mustSayWhatToDo(t, err, path)
				return
			}
			noticed += useAll(t, s, path)
		})
	}
	t.Logf("%d refused at the start, %d operations that noticed later", refused, noticed)
	if refused < 20 || noticed < 20 {
		t.Errorf("%d were refused at the start, %d operations noticed: the damage is none", refused, noticed)
	}
}

// TestAFileThatIsDamagedWhileItIsOpenIsAnError: as a full disk, a bad one, or
// somebody's cp does it.
func TestAFileThatIsDamagedWhileItIsOpenIsAnError(t *testing.T) {
	path, content := aFile(t)
	noticed := 0
	for _, d := range damages(content) {
		t.Run(d.name, func(t *testing.T) {
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := openUnsynced(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, d.do(content), 0o600); err != nil { // cuts off and writes the same file
				t.Fatal(err)
			}
			noticed += useAll(t, s, path)
		})
	}
	if noticed < 20 {
		t.Errorf("%d operations noticed: the damage is none", noticed)
	}
}

// useAll runs every operation, and returns how many failed. It must end.
func useAll(t *testing.T, s *Store, path string) (failed int) {
	t.Helper()
	done := make(chan struct{})
	var errs []error
	go func() {
		defer close(done)
		for i := range items {
			it, err := s.Get(storetest.Deadline(t), numbered(i).ID)
			errs = append(errs, err)
			if err != nil {
				continue
			}
			if it.ID != numbered(i).ID {
				errs = append(errs, fmt.Errorf("a read of %s brings %s", numbered(i).ID, it.ID))
			}
			errs = append(errs, s.Update(storetest.Deadline(t), it))
		}
		for i := range 20 {
			errs = append(errs, s.Create(storetest.Deadline(t), numbered(1000+i)))
		}
		for _, shard := range grant.Shards {
			due, err := s.Due(storetest.Deadline(t), shard, grant.At(time.Now()), 1000)
			errs = append(errs, err)
			for _, entry := range due {
				_, _, err := s.Postpone(storetest.Deadline(t), entry.ID, entry.Due, entry.Due+1)
				errs = append(errs, err)
			}
		}
		errs = append(errs, s.sweep(storetest.Deadline(t), time.Now().Add(24*365*time.Hour)))
		if err := s.Close(); err != nil {
			t.Logf("closed: %v", err)
		}
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("an operation does not end")
	}
	for _, err := range errs {
		if err != nil {
			failed++
			var damage *DamageError
			if errors.As(err, &damage) {
				mustSayWhatToDo(t, err, path)
			}
		}
	}
	return failed
}

func mustSayWhatToDo(t *testing.T, err error, path string) {
	t.Helper()
	if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "backup") || !strings.Contains(err.Error(), "check "+path) {
		t.Errorf("%v does not say which file, and what to do", err)
	}
}

// TestADamagedItemDoesNotStopTheOthers: not their reads, their writes, the
// calendar, or the sweep.
func TestADamagedItemDoesNotStopTheOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "grants.db")
	s := open(t, path)
	now := time.Now()
	for _, id := range []string{"bad", "good", "kept"} {
		it := &grant.Item{ID: id, Shard: "0", Due: 1, TTL: now.Unix() + 60}
		if id == "kept" {
			it.TTL = 0
		}
		if err := s.Create(storetest.Deadline(t), it); err != nil {
			t.Fatal(err)
		}
	}
	err := s.db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket(itemsBucket).Put([]byte("bad"), []byte("{\"id\":\"bad\",\"v\":"))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Close()); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	bad := &grant.Item{ID: "bad", Version: 1}
	_, getErr := s.Get(storetest.Deadline(t), "bad")
	_, _, postponeErr := s.Postpone(storetest.Deadline(t), "bad", 1, 2)
	for name, err := range map[string]error{"Get": getErr, "Update": s.Update(storetest.Deadline(t), bad), "Create": s.Create(storetest.Deadline(t), bad), "Postpone": postponeErr} {
		if err == nil || !strings.Contains(err.Error(), "bad: this item of the data file is damaged") ||
			errors.Is(err, grant.ErrNotFound) || errors.Is(err, grant.ErrConflict) || errors.Is(err, grant.ErrExists) {
			t.Errorf("%s: %v", name, err)
		}
	}
	mustBeDue(t, s, "0", "bad", "good", "kept")
	if err := s.Update(storetest.Deadline(t), mustGet(t, s, "good")); err != nil {
		t.Error(err)
	}
	if err := s.sweep(storetest.Deadline(t), now.Add(time.Hour)); err != nil {
		t.Error(err)
	}
	exists(t, s, map[string]bool{"good": false, "kept": true})
}

// TestAChangeThatPanicsFailsAlone: the changes of its transaction are made.
func TestAChangeThatPanicsFailsAlone(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "grants.db"))
	put := func(key string) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error { return tx.Bucket(itemsBucket).Put([]byte(key), []byte("{}")) }
	}
	fails := func(*bbolt.Tx) error { return errors.New("half-way") }
	panics := func(*bbolt.Tx) error { panic("a damaged page") }
	changes := make([]change, 0, 5)
	for _, makeChange := range []func(*bbolt.Tx) error{put("a"), fails, put("b"), panics, put("c")} {
		changes = append(changes, change{makeChange, make(chan error, 1)})
	}
	s.write(changes)
	for i, c := range changes {
		if err := <-c.done; (err != nil) != (i == 1 || i == 3) {
			t.Errorf("change %d: %v", i, err)
		}
	}
	exists(t, s, map[string]bool{"a": true, "b": true, "c": true})
}

func TestWhatIsNoFileSaysSo(t *testing.T) {
	dir := t.TempDir()
	for path, says := range map[string]string{
		dir:                                     "is a directory",
		filepath.Join(dir, "none", "grants.db"): "no such file or directory",
	} {
		s, err := Open(path)
		if err == nil {
			_ = s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v does not say %q", path, err, says)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it made a directory: %v", err)
	}
}
