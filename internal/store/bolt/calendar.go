package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"go.etcd.io/bbolt"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/store"
)

// The calendar is a bucket that has a bucket for each shard, whose keys are the
// due time and the item's key, and whose values are empty. It changes in the same
// transaction as the items.

// Due is [grant.Calendar]'s. It misses nothing.
func (s *Items[T]) Due(ctx context.Context, shard string, now grant.Instant, limit int) ([]grant.DueItem, error) {
	due, err := s.list(ctx, shard, grant.DueItem{}, now, limit)
	if err != nil {
		return nil, fmt.Errorf("read which %ss are due: %w", s.kind.Name, err)
	}
	return due, nil
}

// ListDue is [grant.Calendar]'s. It misses nothing.
func (s *Items[T]) ListDue(ctx context.Context, shard string, after grant.DueItem, limit int) ([]grant.DueItem, error) {
	due, err := s.list(ctx, shard, after, math.MaxInt64, limit)
	if err != nil {
		return nil, fmt.Errorf("list the %ss of shard %s: %w", s.kind.Name, shard, err)
	}
	return due, nil
}

// list reads the entries of a shard that come after one and are due at most at
// until.
func (s *Items[T]) list(ctx context.Context, shard string, after grant.DueItem, until grant.Instant, limit int) (due []grant.DueItem, err error) {
	if err := store.RequireDeadline(ctx); err != nil {
		return nil, err
	}
	var from []byte
	if after != (grant.DueItem{}) {
		key, err := s.kind.Key(after.ID)
		if err != nil {
			return nil, err
		}
		from = timeKey(int64(after.Due), key)
	}
	err = s.file.view(func(tx *bbolt.Tx) error {
		entries := tx.Bucket(dueBucket).Bucket([]byte(s.kind.ShardKey(shard)))
		if entries == nil {
			return nil
		}
		last := timeKey(int64(until), "")
		c := entries.Cursor()
		for entry, _ := c.Seek(from); entry != nil && len(due) < limit; entry, _ = c.Next() {
			if len(entry) < timeLength || bytes.Compare(entry[:timeLength], last) > 0 {
				break
			}
			if !bytes.Equal(entry, from) {
				at, key := splitTimeKey(entry)
				due = append(due, grant.DueItem{ID: s.kind.TrimKey(key), Due: grant.Instant(at)})
			}
		}
		return nil
	})
	return due, err
}

// Postpone is [grant.Calendar]'s.
func (s *Items[T]) Postpone(ctx context.Context, id string, from, to grant.Instant) (*T, bool, error) {
	key, err := s.kind.Key(id)
	if err != nil || from == 0 {
		return nil, false, nil //nolint:nilerr // such an item is never due
	}
	item, err := s.postpone(ctx, key, from, to)
	switch {
	case errors.Is(err, errNotDue):
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("postpone %s %s: %w", s.kind.Name, id, err)
	}
	return item, true, nil
}

var (
	errNotDue = errors.New("it is not due at that time")
	errNoTime = errors.New("to no time")
)

func (s *Items[T]) postpone(ctx context.Context, key string, from, to grant.Instant) (*T, error) {
	if to == 0 {
		return nil, errNoTime
	}
	if err := store.RequireDeadline(ctx); err != nil {
		return nil, err
	}
	var moved *record
	err := s.file.update(ctx, func(tx *bbolt.Tx) (err error) {
		moved, err = moveTo(tx, key, from, to)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.decode(moved.value)
}

// moveTo gives the item another due time, and returns it as it is then.
func moveTo(tx *bbolt.Tx, key string, from, to grant.Instant) (*record, error) {
	value := tx.Bucket(itemsBucket).Get([]byte(key))
	if value == nil {
		return nil, refuse(errNotDue)
	}
	old, err := readRecord(value)
	if err != nil {
		return nil, refuse(err)
	}
	if !old.inCalendar() || old.due != from {
		return nil, refuse(errNotDue)
	}
	next, err := old.at(to)
	if err != nil {
		return nil, refuse(err)
	}
	return next, replace(tx, key, old, next)
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
