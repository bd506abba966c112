package bolt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/test/storetest"
)

// A copy that is made while others write is the file as it was at one moment: it has
// each item whose creation had been answered before, and of those that were created
// one after the other meanwhile the first ones.
func TestABackupIsTheFileAtOneMoment(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "grants.db"))
	ctx := storetest.Deadline(t)
	var created atomic.Int64
	stop, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				ended <- nil
				return
			default:
			}
			if err := s.Create(ctx, &grant.Item{ID: fmt.Sprint("item-", i), Owner: "shop"}); err != nil {
				ended <- err
				return
			}
			created.Add(1)
		}
	}()
	for copies := range 5 {
		for before := created.Load(); created.Load() < before+20; {
			time.Sleep(time.Millisecond)
		}
		path := filepath.Join(t.TempDir(), "copy.db")
		before := created.Load()
		backupTo(t, s, path)
		after := created.Load() + 1 // one may be on the disk before its answer

		items, err := Verify(path)
		if err != nil || int64(items) < before || int64(items) > after {
			t.Errorf("copy %d has %d items, %v; want %d to %d", copies, items, err, before, after)
		}
		restored := open(t, path)
		for i := range items {
			mustGet(t, restored, fmt.Sprint("item-", i))
		}
		if err := restored.Create(ctx, &grant.Item{ID: "new"}); err != nil {
			t.Errorf("copy %d cannot be written: %v", copies, err)
		}
	}
	close(stop)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func backupTo(t *testing.T, s *Store, path string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	n, err := s.Backup(t.Context(), file)
	if info, failed := file.Stat(); err != nil || failed != nil || info.Size() != n {
		t.Fatalf("%d bytes are said to be written, %v", n, err)
	}
}

// A slowWriter waits in its first Write until it may go on.
type slowWriter struct {
	bytes.Buffer
	begun, goOn chan struct{}
}

func (w *slowWriter) Write(b []byte) (int, error) {
	if w.begun != nil {
		close(w.begun)
		w.begun = nil
		<-w.goOn
	}
	return w.Buffer.Write(b)
}

func TestOthersWriteWhileABackupIsMade(t *testing.T) {
	const grants = 48 // whose file has room in its mapping for some more
	s := open(t, filepath.Join(t.TempDir(), "grants.db"))
	seed(t, s, many(grants, time.Now().Add(time.Hour)))
	w := &slowWriter{begun: make(chan struct{}), goOn: make(chan struct{})}
	begun, ended := w.begun, make(chan error, 1)
	go func() {
		_, err := s.Backup(t.Context(), w)
		ended <- err
	}()
	<-begun
	it := mustGet(t, s, numbered(0).ID)
	old := it.Owner
	it.Owner = "changed meanwhile"
	for range 2 {
		if err := s.Update(storetest.Deadline(t), it); err != nil {
			t.Fatal(err)
		}
	}
	close(w.goOn)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(copied, w.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if n, err := Verify(copied); err != nil || n != grants {
		t.Errorf("the copy has %d items, %v", n, err)
	}
	if got := mustGet(t, open(t, copied), it.ID).Owner; got != old {
		t.Errorf("the copy has the owner %q, which was written after its moment", got)
	}
}

func TestABackupEndsWithItsContext(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "grants.db"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := s.Backup(ctx, new(bytes.Buffer)); n != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d, %v", n, err)
	}
}

func TestVerifyFindsDamage(t *testing.T) {
	path, content := aFile(t)
	if n, err := Verify(path); err != nil || n != items {
		t.Fatalf("a good file: %d items, %v", n, err)
	}
	for name, spoil := range map[string]func([]byte) []byte{
		"cut off":             func(b []byte) []byte { return b[:len(b)/2] },
		"cut off after metas": func(b []byte) []byte { return b[:2*pageSize] },
		"empty":               func([]byte) []byte { return nil },
		"half of it zeros":    func(b []byte) []byte { clear(b[len(b)/2:]); return b },
		"all of it noise":     func(b []byte) []byte { return randomBytes(len(b), 1) },
	} {
		bad := filepath.Join(t.TempDir(), "bad.db")
		if err := os.WriteFile(bad, spoil(bytes.Clone(content)), 0o600); err != nil {
			t.Fatal(err)
		}
		var damage *DamageError
		if n, err := Verify(bad); !errors.As(err, &damage) || n != 0 {
			t.Errorf("%s: %d items, %v", name, n, err)
		}
	}
	if _, err := Verify(filepath.Join(t.TempDir(), "none.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func TestCountDueCountsOneShardOfOneKind(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "grants.db"))
	for i := range 7 {
		if err := s.Create(storetest.Deadline(t), &grant.Item{ID: fmt.Sprint(i), Shard: grant.Shards[i/4], Due: grant.Instant(i + 1)}); err != nil {
			t.Fatal(err)
		}
	}
	for shard, want := range map[string]int{grant.Shards[0]: 4, grant.Shards[1]: 3, grant.Shards[2]: 0} {
		if n, err := s.CountDue(storetest.Deadline(t), shard); err != nil || n != want {
			t.Errorf("shard %s has %d entries, %v; want %d", shard, n, err, want)
		}
	}
	if n, err := Of(s.File, storetest.Notes).CountDue(storetest.Deadline(t), grant.Shards[0]); err != nil || n != 0 {
		t.Errorf("another kind has %d entries, %v", n, err)
	}
}
