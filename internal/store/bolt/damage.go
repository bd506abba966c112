package bolt

import (
	"fmt"
	"runtime/debug"

	"go.etcd.io/bbolt"
)

// A DamageError says that the file is not what bbolt wrote, and what to do.
type DamageError struct {
	Path  string
	Cause error
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("the data file %s is damaged: %v. Stop opgrants and put a backup in its place. "+
		"To check a file: go run go.etcd.io/bbolt/cmd/bbolt@v1.5.0 check %s", e.Path, e.Cause, e.Path)
}

func (e *DamageError) Unwrap() error { return e.Cause }

// guard runs what reads the mapped file. On a damaged page bbolt panics, and the
// processor faults where the file was cut off or a page points out of it: both
// become a [DamageError].
func (f *File) guard(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = &DamageError{Path: f.path, Cause: fmt.Errorf("%v", p)}
		}
	}()
	return do()
}

// begin starts a transaction. Where bbolt panics in that, it holds locks that
// nobody can release: from then on the file is dead. One at a time begins, so that
// nobody waits for such a lock.
func (f *File) begin(writable bool) (tx *bbolt.Tx, err error) {
	f.beginning.Lock()
	defer f.beginning.Unlock()
	if damage := f.damage.Load(); damage != nil {
		return nil, damage
	}
	err = f.guard(func() (err error) {
		tx, err = f.db.Begin(writable)
		return err
	})
	f.dieOf(err)
	return tx, err
}

// rollback ends a transaction without a change.
func (f *File) rollback(tx *bbolt.Tx) {
	err := f.guard(tx.Rollback)
	f.dieOf(err)
}

// dieOf marks the file as dead if err is a panic inside bbolt's locks.
func (f *File) dieOf(err error) {
	if damage, ok := err.(*DamageError); ok { //nolint:errorlint // guard does not wrap it
		f.died.Do(func() {
			f.damage.Store(damage)
			close(f.dead)
		})
	}
}

// await waits until something is done, or for nothing if the file is dead: what
// waits for bbolt's locks then never ends.
func (f *File) await(done <-chan struct{}) {
	select {
	case <-done:
	case <-f.dead:
	}
}

// view runs read in a transaction that sees one state of the file.
func (f *File) view(read func(*bbolt.Tx) error) error {
	tx, err := f.begin(false)
	if err != nil {
		return err
	}
	err = f.guard(func() error { return read(tx) })
	ended := make(chan struct{})
	go func() {
		f.rollback(tx)
		close(ended)
	}()
	f.await(ended)
	return err
}
