package bolt

import (
	"context"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/opgrants/opgrants/internal/store"
)

// CountDue returns how many items are in a shard of the calendar, whenever they are
// due. It reads each of its entries, and no item.
func (s *Items[T]) CountDue(ctx context.Context, shard string) (n int, err error) {
	if err = store.RequireDeadline(ctx); err == nil {
		err = s.file.view(func(tx *bbolt.Tx) error {
			entries := tx.Bucket(dueBucket).Bucket([]byte(s.kind.ShardKey(shard)))
			if entries == nil {
				return nil
			}
			c := entries.Cursor()
			for entry, _ := c.First(); entry != nil && ctx.Err() == nil; entry, _ = c.Next() {
				n++
			}
			return ctx.Err()
		})
	}
	if err != nil {
		return 0, fmt.Errorf("count the %ss of shard %s: %w", s.kind.Name, shard, err)
	}
	return n, nil
}
