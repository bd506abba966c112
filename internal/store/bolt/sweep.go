package bolt

import (
	"bytes"
	"context"
	"errors"
	"time"

	"go.etcd.io/bbolt"
)

const (
	sweepEvery    = time.Hour
	sweepTogether = 50 // items that one transaction deletes
)

// sweepRegularly does what a DynamoDB table does by itself: it deletes what is
// past its TTL. A failure is left to the next time, as nothing depends on it.
func (f *File) sweepRegularly() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-f.stop:
		case <-f.dead:
		case <-ctx.Done():
		}
		cancel()
	}()
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for now := time.Now(); ; {
		if !f.indexed.Load() {
			_ = f.completeIndex(ctx)
		}
		_ = f.sweep(ctx, now)
		select {
		case <-ctx.Done():
			return
		case now = <-tick.C:
		}
	}
}

// sweep deletes what is past its TTL, in small transactions: others write between
// them, and in them. What cannot be deleted is passed over.
func (f *File) sweep(ctx context.Context, now time.Time) (failed error) {
	var after []byte
	for {
		entries, err := f.expired(after, now)
		if err != nil || len(entries) == 0 {
			return errors.Join(failed, err)
		}
		err = f.update(ctx, func(tx *bbolt.Tx) error { return deleteExpired(tx, entries) })
		if failed = errors.Join(failed, err); ctx.Err() != nil {
			return failed
		}
		after = entries[len(entries)-1]
	}
}

// expired lists some entries, after that one, of items that are past their TTL.
func (f *File) expired(after []byte, now time.Time) (entries [][]byte, err error) {
	err = f.view(func(tx *bbolt.Tx) error {
		c := tx.Bucket(expiryBucket).Cursor()
		for entry, _ := c.Seek(after); entry != nil && len(entries) < sweepTogether; entry, _ = c.Next() {
			if ttl, _ := splitTimeKey(entry); ttl >= now.Unix() {
				break
			}
			if !bytes.Equal(entry, after) {
				entries = append(entries, bytes.Clone(entry))
			}
		}
		return nil
	})
	return entries, err
}

// deleteExpired deletes these entries and their items. An item that has another
// TTL by now stays, and so does a damaged one.
func deleteExpired(tx *bbolt.Tx, entries [][]byte) error {
	items := tx.Bucket(itemsBucket)
	for _, entry := range entries {
		if err := tx.Bucket(expiryBucket).Delete(entry); err != nil {
			return err
		}
		ttl, key := splitTimeKey(entry)
		old, err := readRecord(items.Get([]byte(key)))
		if err != nil || old.expiry != ttl {
			continue
		}
		if err := moveDue(tx, key, old, nil); err != nil {
			return err
		}
		if err := moveList(tx, key, old, nil); err != nil {
			return err
		}
		if err := items.Delete([]byte(key)); err != nil {
			return err
		}
	}
	return nil
}
