// Package bolt keeps grants in one file of this machine, for `opgrants serve`
// and `opgrants demo`. A write that was answered survives a crash of the
// process and of the machine.
package bolt

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/opgrants/opgrants/internal/grant"
)

var bucket = []byte("grants") // items by id

const (
	lockWait   = time.Second // for another process to close the file
	sweepEvery = time.Hour
)

// A Store is a [grant.Store] in a file that this process alone has open.
type Store struct {
	db     *bbolt.DB
	stop   chan struct{}
	swept  sync.WaitGroup
	closed sync.Once
}

// Open opens the file, or creates it for this user alone. One process at a time
// can have it open: another gets an error after about a second.
func Open(path string) (*Store, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("another process has the data file %s open: stop it, or use another file", path)
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrVersionMismatch), errors.Is(err, bolterrors.ErrChecksum):
		return nil, fmt.Errorf("%s is not a data file of opgrants, or is damaged: %w", path, err)
	case err != nil:
		return nil, fmt.Errorf("open the data file %s: %w", path, err)
	}
	s := &Store{db: db, stop: make(chan struct{})}
	err = db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucket)
		if err == nil {
			_, err = tx.CreateBucketIfNotExists(dueBucket)
		}
		return err
	})
	if err == nil {
		err = s.sweep(time.Now())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the data file %s: %w", path, err), db.Close())
	}
	s.swept.Go(s.sweepRegularly)
	return s, nil
}

// Close waits for what is being written, and lets other processes have the file.
func (s *Store) Close() error {
	s.closed.Do(func() { close(s.stop) })
	s.swept.Wait()
	return s.db.Close()
}

// Create is [grant.Store]'s.
func (s *Store) Create(ctx context.Context, item *grant.Item) error {
	stored := *item
	stored.Version = 1
	err := s.write(ctx, func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucket)
		if b.Get([]byte(stored.ID)) != nil {
			return grant.ErrExists
		}
		if err := put(b, &stored, nil); err != nil {
			return err
		}
		return enter(tx, &stored)
	})
	if err != nil {
		return fmt.Errorf("create grant %s: %w", item.ID, err)
	}
	item.Version = stored.Version
	return nil
}

// Get is [grant.Store]'s.
func (s *Store) Get(ctx context.Context, id string) (*grant.Item, error) {
	var item *grant.Item
	err := ctx.Err()
	if err == nil {
		err = s.db.View(func(tx *bbolt.Tx) (err error) {
			item, err = decode(tx.Bucket(bucket).Get([]byte(id)))
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("read grant %s: %w", id, err)
	}
	return item, nil
}

// Update is [grant.Store]'s.
func (s *Store) Update(ctx context.Context, item *grant.Item) error {
	next := *item
	next.Version++
	err := s.write(ctx, func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucket)
		old := b.Get([]byte(item.ID))
		current, err := decode(old)
		if errors.Is(err, grant.ErrNotFound) {
			return grant.ErrConflict
		}
		if err != nil {
			return err
		}
		if current.Version != item.Version {
			return grant.ErrConflict
		}
		if err := put(b, &next, old); err != nil {
			return err
		}
		if err := leave(tx, current); err != nil {
			return err
		}
		return enter(tx, &next)
	})
	if err != nil {
		return fmt.Errorf("update grant %s: %w", item.ID, err)
	}
	item.Version = next.Version
	return nil
}

// write runs one transaction. bbolt has a single writer, so that what change
// reads in it cannot have changed when it writes.
func (s *Store) write(ctx context.Context, change func(*bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.db.Update(change)
}
