package bolt

import (
	"context"

	"go.etcd.io/bbolt"
)

// The expiry index is a bucket whose keys are an item's TTL and its key, and
// whose values are empty. It changes in the same transaction as the items.
//
// An older version of the program writes items without it. bbolt numbers the
// transactions of a file: while the index is complete, each transaction leaves
// its number in the bucket's sequence, which costs nothing. If that is not the
// file's last transaction, the index is completed in the background.

// moveExpiry takes an item from where it was in the index to where it is. Old is
// nil for a new item.
func moveExpiry(tx *bbolt.Tx, key string, old, next *record) error {
	was := int64(0)
	if old != nil {
		was = old.expiry
	}
	if was == next.expiry {
		return nil
	}
	index := tx.Bucket(expiryBucket)
	if was != 0 {
		if err := index.Delete(timeKey(was, key)); err != nil {
			return err
		}
	}
	if next.expiry == 0 {
		return nil
	}
	return index.Put(timeKey(next.expiry, key), nil)
}

// markIndexed records that the index is complete up to this transaction.
func (f *File) markIndexed(tx *bbolt.Tx) error {
	if !f.indexed.Load() {
		return nil
	}
	return tx.Bucket(expiryBucket).SetSequence(uint64(tx.ID())) //nolint:gosec // never negative
}

const (
	readTogether  = 200 // items in one read transaction
	indexTogether = 100 // entries in one write transaction
)

// completeIndex enters the items that are not in the index. It holds no
// transaction for long, and can be interrupted: the next start goes on, reading
// what it has entered already and writing the rest.
func (f *File) completeIndex(ctx context.Context) error {
	var after []byte
	for {
		missing, last, err := f.findMissing(after)
		if err != nil {
			return err
		}
		for len(missing) > 0 {
			n := min(indexTogether, len(missing))
			if err := f.enterExpiry(ctx, missing[:n]); err != nil {
				return err
			}
			missing = missing[n:]
		}
		if last == nil {
			break
		}
		if after = last; ctx.Err() != nil {
			return ctx.Err()
		}
	}
	f.indexed.Store(true)
	return f.enterExpiry(ctx, nil)
}

// findMissing looks at some items after a key, and returns the entries that they
// lack and the last key, nil at the end.
func (f *File) findMissing(after []byte) (missing [][]byte, last []byte, err error) {
	err = f.view(func(tx *bbolt.Tx) error {
		index := tx.Bucket(expiryBucket)
		c := tx.Bucket(itemsBucket).Cursor()
		key, value := c.Seek(after)
		if after != nil && string(key) == string(after) {
			key, value = c.Next()
		}
		for n := 0; key != nil; key, value = c.Next() {
			if r, err := readRecord(value); err == nil && r.expiry != 0 {
				if entry := timeKey(r.expiry, string(key)); index.Get(entry) == nil {
					missing = append(missing, entry)
				}
			}
			if n++; n == readTogether {
				last = append([]byte(nil), key...)
				break
			}
		}
		return nil
	})
	return missing, last, err
}

// enterExpiry writes entries of the index. An item that has changed since it was
// read leaves an entry that leads to no expired item: the sweep drops it.
func (f *File) enterExpiry(ctx context.Context, entries [][]byte) error {
	return f.update(ctx, func(tx *bbolt.Tx) error {
		for _, entry := range entries {
			if err := tx.Bucket(expiryBucket).Put(entry, nil); err != nil {
				return err
			}
		}
		return nil
	})
}
