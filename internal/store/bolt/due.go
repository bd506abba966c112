package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/opgrants/opgrants/internal/grant"
)

// dueBucket is the calendar: in it a bucket for each shard, whose keys are the
// due time and the id, and whose values are empty. It changes in the same
// transaction as the items.
var dueBucket = []byte("due")

// Due is [grant.Calendar]'s. It misses nothing.
func (s *Store) Due(ctx context.Context, shard string, now grant.Instant, limit int) (ids []string, err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("read the grants that are due: %w", err)
	}
	err = s.db.View(func(tx *bbolt.Tx) error {
		entries := tx.Bucket(dueBucket).Bucket([]byte(shard))
		if entries == nil {
			return nil
		}
		until := dueKey(now, "")
		c := entries.Cursor()
		for key, _ := c.First(); key != nil && len(ids) < limit; key, _ = c.Next() {
			if bytes.Compare(key[:dueLength], until) > 0 {
				break
			}
			ids = append(ids, string(key[dueLength:]))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the grants that are due: %w", err)
	}
	return ids, nil
}

// enter puts an item into the calendar, if it is due at all.
func enter(tx *bbolt.Tx, item *grant.Item) error {
	if !inCalendar(item) {
		return nil
	}
	shard, err := tx.Bucket(dueBucket).CreateBucketIfNotExists([]byte(item.Shard))
	if err != nil {
		return err
	}
	return shard.Put(dueKey(item.Due, item.ID), nil)
}

// leave takes the item, as it was stored, out of the calendar.
func leave(tx *bbolt.Tx, item *grant.Item) error {
	if !inCalendar(item) {
		return nil
	}
	shard := tx.Bucket(dueBucket).Bucket([]byte(item.Shard))
	if shard == nil {
		return nil
	}
	return shard.Delete(dueKey(item.Due, item.ID))
}

func inCalendar(item *grant.Item) bool { return item.Shard != "" && item.Due != 0 }

const dueLength = 8 // bytes of the time in a key

// dueKey sorts by time and then by id, as DynamoDB's numbers do: also before
// 1970, for which the sign is turned around.
func dueKey(due grant.Instant, id string) []byte {
	key, _ := binary.Append(nil, binary.BigEndian, int64(due)) // fails only for what has no fixed size
	key[0] ^= 0x80
	return append(key, id...)
}
