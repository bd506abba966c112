package bolt

import (
	"context"
	"errors"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// maxTogether bounds how many changes one transaction makes: what waits for it
// waits that long at most.
const maxTogether = 100

// A change is one caller's part of a transaction.
type change struct {
	make func(*bbolt.Tx) error // may run more than once
	done chan error            // buffered
}

// A refusal is the error of a change that has written nothing: the other changes
// of its transaction are not affected.
type refusal struct{ error }

func refuse(err error) error { return refusal{err} }

func (r refusal) Unwrap() error { return r.error }

// update runs a change in a write transaction, and returns when it is on the
// disk. bbolt has a single writer, so that what the change reads cannot change
// before it writes. The changes that arrive while a transaction is written make
// the next one together: one sync of the disk for all of them.
func (f *File) update(ctx context.Context, makeChange func(*bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := change{makeChange, make(chan error, 1)}
	select {
	case f.changes <- c:
	case <-ctx.Done():
		return ctx.Err()
	case <-f.stop:
		return bolterrors.ErrDatabaseNotOpen
	}
	select {
	case err := <-c.done:
		return err
	case <-f.dead: // the writer may never come back
		return f.damage.Load()
	}
}

// writeChanges is the only writer, until the file is closed.
func (f *File) writeChanges() {
	for {
		select {
		case <-f.stop:
			return
		case first := <-f.changes:
			f.write(f.waiting(first))
		}
	}
}

// waiting are the first change and all that wait for the writer now.
func (f *File) waiting(first change) []change {
	together := []change{first}
	for len(together) < maxTogether {
		select {
		case c := <-f.changes:
			together = append(together, c)
		default:
			return together
		}
	}
	return together
}

// write answers each change. If one fails half-way, each gets a transaction of
// its own.
func (f *File) write(changes []change) {
	results, err := f.transact(changes)
	if err != nil && len(changes) > 1 {
		for _, c := range changes {
			f.write([]change{c})
		}
		return
	}
	for i, c := range changes {
		if err != nil {
			c.done <- err
		} else {
			c.done <- results[i]
		}
	}
}

// transact makes all changes in one transaction. Results has the refusals; err
// is what failed the transaction.
func (f *File) transact(changes []change) (results []error, err error) {
	tx, err := f.begin(true)
	if err != nil {
		return nil, err
	}
	results = make([]error, len(changes))
	wrote := false
	for i, c := range changes {
		err := f.guard(func() error { return c.make(tx) })
		var r refusal
		switch {
		case errors.As(err, &r):
			results[i] = r.error
		case err != nil:
			f.rollback(tx)
			return nil, err
		default:
			wrote = true
		}
	}
	if !wrote {
		f.rollback(tx)
		return results, nil
	}
	err = f.guard(func() error {
		if err := f.markIndexed(tx); err != nil {
			return err
		}
		if err := f.checkBeforeCommit(); err != nil {
			return err
		}
		return tx.Commit()
	})
	if err != nil {
		f.rollback(tx) // nothing is left to do after an error that bbolt returned
	}
	return results, err
}
