package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"

	"go.etcd.io/bbolt"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/store"
)

// The calendar is a bucket that has a bucket for each shard, whose keys are the
// due time and the item's key, and whose values are empty. It changes in the same
// transaction as the items.

// Due is [grant.Calendar]'s. It misses nothing.
func (s *Items[T]) Due(ctx context.Context, shard string, now grant.Instant, limit int) (due []grant.DueItem, err error) {
	if err = store.RequireDeadline(ctx); err == nil {
		err = s.file.view(func(tx *bbolt.Tx) error {
			due = s.list(tx.Bucket(dueBucket).Bucket([]byte(s.kind.ShardKey(shard))), now, limit)
			return nil
		})
	}
	if err != nil {
		return nil, fmt.Errorf("read which %ss are due: %w", s.kind.Name, err)
	}
	return due, nil
}

func (s *Items[T]) list(entries *bbolt.Bucket, now grant.Instant, limit int) (due []grant.DueItem) {
	if entries == nil {
		return nil
	}
	until := timeKey(int64(now), "")
	c := entries.Cursor()
	for entry, _ := c.First(); entry != nil && len(due) < limit; entry, _ = c.Next() {
		if len(entry) < timeLength || bytes.Compare(entry[:timeLength], until) > 0 {
			break
		}
		at, key := splitTimeKey(entry)
		due = append(due, grant.DueItem{ID: s.kind.TrimKey(key), Due: grant.Instant(at)})
	}
	return due
}

// Postpone is [grant.Calendar]'s.
func (s *Items[T]) Postpone(ctx context.Context, id string, from, to grant.Instant) (bool, error) {
	key, err := s.kind.Key(id)
	if err != nil || from == 0 {
		return false, nil // such an item is never due
	}
	if to == 0 {
		return false, fmt.Errorf("postpone %s %s: to no time", s.kind.Name, id)
	}
	if err = store.RequireDeadline(ctx); err == nil {
		err = s.file.update(ctx, func(tx *bbolt.Tx) error { return postpone(tx, key, from, to) })
	}
	switch {
	case errors.Is(err, errNotDue):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("postpone %s %s: %w", s.kind.Name, id, err)
	}
	return true, nil
}

var errNotDue = errors.New("it is not due at that time")

func postpone(tx *bbolt.Tx, key string, from, to grant.Instant) error {
	value := tx.Bucket(itemsBucket).Get([]byte(key))
	if value == nil {
		return refuse(errNotDue)
	}
	old, err := readRecord(value)
	if err != nil {
		return refuse(err)
	}
	if !old.inCalendar() || old.due != from {
		return refuse(errNotDue)
	}
	next := *old
	next.due, next.version = to, old.version+1
	next.members = maps.Clone(old.members)
	next.members[store.Due] = strconv.AppendInt(nil, int64(next.due), 10)
	next.members[store.Version] = strconv.AppendInt(nil, next.version, 10)
	if next.value, err = json.Marshal(next.members); err != nil {
		return refuse(err)
	}
	return replace(tx, key, old, &next)
}

func (r *record) inCalendar() bool { return r != nil && r.shard != "" && r.due != 0 }

// moveDue takes an item from where it was in the calendar to where it is. Old is
// nil for a new item, next for one that is deleted.
func moveDue(tx *bbolt.Tx, key string, old, next *record) error {
	if old.inCalendar() && next.inCalendar() && old.shard == next.shard && old.due == next.due {
		return nil
	}
	calendar := tx.Bucket(dueBucket)
	if old.inCalendar() {
		if shard := calendar.Bucket([]byte(old.shard)); shard != nil {
			if err := shard.Delete(timeKey(int64(old.due), key)); err != nil {
				return err
			}
		}
	}
	if !next.inCalendar() {
		return nil
	}
	shard, err := calendar.CreateBucketIfNotExists([]byte(next.shard))
	if err != nil {
		return err
	}
	return shard.Put(timeKey(int64(next.due), key), nil)
}

const timeLength = 8 // bytes of the time in a key

// timeKey sorts by time and then by key, as DynamoDB's numbers do: also before
// 1970, for which the sign is turned around.
func timeKey(at int64, key string) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(at)^signBit) //nolint:gosec // the same bits
	return append(b, key...)
}

func splitTimeKey(b []byte) (at int64, key string) {
	return int64(binary.BigEndian.Uint64(b) ^ signBit), string(b[timeLength:]) //nolint:gosec // the same bits
}

const signBit = 1 << 63
