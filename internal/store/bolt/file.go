package bolt

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// The buckets of a file. Items of all kinds are in one, by their key.
var (
	itemsBucket  = []byte("grants")
	dueBucket    = []byte("due")    // see calendar.go
	expiryBucket = []byte("expiry") // see expiry.go
	listBucket   = []byte("lists")  // see list.go
)

const lockWait = time.Second // for another process to close the file

// A File is a data file that this process alone has open.
type File struct {
	path    string
	db      *bbolt.DB
	handle  *os.File // bbolt's
	changes chan change
	stop    chan struct{} // closed by Close
	dead    chan struct{} // closed when bbolt holds locks that it never releases
	died    sync.Once

	beginning sync.Mutex                  // of a transaction
	damage    atomic.Pointer[DamageError] // why it is dead
	indexed   atomic.Bool                 // see expiry.go
	work      sync.WaitGroup
	closing   sync.Once
	closed    error
}

func openFile(path string) (*File, error) {
	f, err := openAtRest(path)
	if err != nil {
		return nil, err
	}
	f.work.Go(f.writeChanges)
	f.work.Go(f.sweepRegularly)
	return f, nil
}

// openAtRest opens a file to which nothing writes yet.
func openAtRest(path string) (*File, error) {
	f := &File{path: path, changes: make(chan change), stop: make(chan struct{}), dead: make(chan struct{})}
	if err := f.open(); err != nil {
		return nil, errors.Join(err, f.release())
	}
	return f, nil
}

func (f *File) open() error {
	if err := f.check(); err != nil {
		return err
	}
	if err := f.openDB(&bbolt.Options{}); err != nil {
		return err
	}
	fresh, err := f.isFresh()
	if err != nil {
		return fmt.Errorf("open the data file %s: %w", f.path, err)
	}
	if !fresh {
		return nil
	}
	if err := f.guard(func() error { return f.db.Update(createBuckets) }); err != nil {
		return fmt.Errorf("write to the data file %s: %w", f.path, err)
	}
	return nil
}

// openDB opens the file by bbolt, and says what is wrong otherwise.
func (f *File) openDB(o *bbolt.Options) error {
	o.Timeout = lockWait
	o.OpenFile = func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
		f.handle, err = os.OpenFile(name, flag, mode)
		return f.handle, err
	}
	err := f.guard(func() (err error) {
		f.db, err = bbolt.Open(f.path, 0o600, o)
		return err
	})
	var damage *DamageError
	var system syscall.Errno
	switch {
	case err == nil:
		return nil
	case errors.As(err, &damage):
		return err
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("another process has the data file %s open: stop it, or use another file", f.path)
	case !errors.As(err, &system): // bbolt does not understand what it reads
		return &DamageError{Path: f.path, Cause: fmt.Errorf("it is not a data file of opgrants, or its first pages are lost: %w", err)}
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("open the data file %s: %w: let this user read and write it and its directory, or use another file", f.path, err)
	}
	return fmt.Errorf("open the data file %s: %w", f.path, err)
}

// isFresh reports whether the file lacks a bucket of this version. It also finds
// out whether the expiry index is complete.
func (f *File) isFresh() (fresh bool, err error) {
	err = f.view(func(tx *bbolt.Tx) error {
		expiry := tx.Bucket(expiryBucket)
		items := tx.Bucket(itemsBucket)
		fresh = expiry == nil || items == nil || tx.Bucket(dueBucket) == nil || tx.Bucket(listBucket) == nil
		complete := expiry != nil && expiry.Sequence() == uint64(tx.ID()) //nolint:gosec // never negative
		if items == nil {
			complete = true // nothing to index
		} else if key, _ := items.Cursor().First(); key == nil {
			complete = true
		}
		f.indexed.Store(complete)
		return nil
	})
	return fresh, err
}

func createBuckets(tx *bbolt.Tx) error {
	for _, name := range [][]byte{itemsBucket, dueBucket, expiryBucket, listBucket} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return nil
}

// Close waits for what is being written, and lets other processes have the file.
// It may be called again.
func (f *File) Close() error {
	f.closing.Do(func() {
		close(f.stop)
		ended := make(chan struct{})
		go func() {
			f.work.Wait()
			close(ended)
		}()
		f.await(ended)
		f.closed = f.release()
	})
	return f.closed
}

// release closes the file. A dead bbolt would wait for its own locks for ever, so
// only the file is closed, and its lock ended: it stays mapped.
func (f *File) release() error {
	if f.db != nil && f.damage.Load() == nil {
		return f.guard(f.db.Close)
	}
	if f.handle != nil {
		unlock(f.handle)
		_ = f.handle.Close() // closed already, if bbolt could
	}
	return nil
}
