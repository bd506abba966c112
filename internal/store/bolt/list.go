package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/opgrants/opgrants/internal/grant"
)

// The lists are a bucket that has a bucket for each list, whose keys are the time of
// creation, turned around so that the newest comes first, and the item's key, and whose
// values are empty. It changes in the same transaction as the items.
//
// An older version of the program writes items without it: what such a version has
// created or changed is listed when it is next written.

// List is [grant.Lister]'s. It misses nothing.
func (s *Items[T]) List(ctx context.Context, list string, after grant.ListEntry, limit int) (entries []grant.ListEntry, err error) {
	var from []byte
	if after.ID != "" {
		key, err := s.kind.Key(after.ID)
		if err != nil {
			return nil, nil //nolint:nilerr // nothing comes after what cannot be an item
		}
		from = listKey(after.Created, key)
	}
	if err = ctx.Err(); err == nil {
		err = s.file.view(func(tx *bbolt.Tx) error {
			entries = s.readList(tx.Bucket(listBucket).Bucket([]byte(s.kind.ListKey(list))), from, limit)
			return nil
		})
	}
	if err != nil {
		return nil, fmt.Errorf("list %ss: %w", s.kind.Name, err)
	}
	return entries, nil
}

func (s *Items[T]) readList(b *bbolt.Bucket, from []byte, limit int) (entries []grant.ListEntry) {
	if b == nil {
		return nil
	}
	c := b.Cursor()
	for entry, _ := c.Seek(from); entry != nil && len(entries) < limit; entry, _ = c.Next() {
		if len(entry) < timeLength || bytes.Equal(entry, from) {
			continue
		}
		at, key := splitListKey(entry)
		entries = append(entries, grant.ListEntry{ID: s.kind.TrimKey(key), Created: at})
	}
	return entries
}

// moveList takes an item from where it was in the lists to where it is. Old is nil for a
// new item, next for one that is deleted.
func moveList(tx *bbolt.Tx, key string, old, next *record) error {
	if old.inList() && next.inList() && old.list == next.list && old.created == next.created {
		// An older version has written it without the lists: it may be missing.
		if b := tx.Bucket(listBucket).Bucket([]byte(next.list)); b != nil && b.Get(listKey(next.created, key)) != nil {
			return nil
		}
	}
	lists := tx.Bucket(listBucket)
	if old.inList() {
		if b := lists.Bucket([]byte(old.list)); b != nil {
			if err := b.Delete(listKey(old.created, key)); err != nil {
				return err
			}
			if first, _ := b.Cursor().First(); first == nil && (!next.inList() || next.list != old.list) {
				if err := lists.DeleteBucket([]byte(old.list)); err != nil {
					return err
				}
			}
		}
	}
	if !next.inList() {
		return nil
	}
	b, err := lists.CreateBucketIfNotExists([]byte(next.list))
	if err != nil {
		return err
	}
	return b.Put(listKey(next.created, key), []byte{})
}

func (r *record) inList() bool { return r != nil && r.list != "" }

// listKey sorts the newest first, and then by key.
func listKey(created grant.Instant, key string) []byte {
	b := binary.BigEndian.AppendUint64(nil, ^(uint64(created) ^ signBit)) //nolint:gosec // the same bits
	return append(b, key...)
}

func splitListKey(b []byte) (created grant.Instant, key string) {
	return grant.Instant(^binary.BigEndian.Uint64(b) ^ signBit), string(b[timeLength:]) //nolint:gosec // the same bits
}
