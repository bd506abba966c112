package bolt

import (
	"context"
	"fmt"
	"io"

	"go.etcd.io/bbolt"
)

// Backup writes a copy of the file, as it is at one moment, and returns its length
// in bytes. Others read and write meanwhile, but the file cannot grow much until the
// copy is written: let w be a file of this machine, and nothing that may stop for a
// while. If ctx ends, Backup returns its error.
func (f *File) Backup(ctx context.Context, w io.Writer) (n int64, err error) {
	err = f.view(func(tx *bbolt.Tx) (err error) {
		n, err = tx.WriteTo(&writerUntil{ctx, w})
		return err
	})
	if ended := ctx.Err(); err != nil && ended != nil {
		err = ended // bbolt's error hides it
	}
	if err != nil {
		return 0, fmt.Errorf("copy the data file %s: %w", f.path, err)
	}
	return n, nil
}

// A writerUntil fails once ctx is done.
type writerUntil struct {
	ctx context.Context
	w   io.Writer
}

func (w *writerUntil) Write(b []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.w.Write(b)
}

// Verify reads the whole of a data file that no process has open for writing, and
// returns how many items it has. The error is a [*DamageError] if a part of the file
// is lost or overwritten.
func Verify(path string) (items int, err error) {
	f := &File{path: path, dead: make(chan struct{})}
	if err := f.check(); err != nil {
		return 0, err
	}
	if err := f.openDB(&bbolt.Options{ReadOnly: true}); err != nil {
		return 0, err
	}
	err = f.view(func(tx *bbolt.Tx) (err error) {
		items, err = f.verify(tx)
		return err
	})
	if closed := f.release(); err == nil {
		err = closed
	}
	return items, err
}

func (f *File) verify(tx *bbolt.Tx) (items int, err error) {
	for fault := range tx.Check() { // to the end: the check goes on until all its faults are read
		if err == nil {
			err = &DamageError{Path: f.path, Cause: fault}
		}
	}
	if err != nil {
		return 0, err
	}
	if b := tx.Bucket(itemsBucket); b != nil {
		items = b.Stats().KeyN
	}
	return items, nil
}
