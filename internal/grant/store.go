package grant

import (
	"context"

	"github.com/opgrants/opgrants/internal/save"
)

// What a [Store] answers: see package save.
var (
	ErrExists   = save.ErrExists
	ErrNotFound = save.ErrNotFound
	ErrConflict = save.ErrConflict
)

// A ConflictError is the ErrConflict of a [Store]. It has the stored item.
type ConflictError = save.ConflictError[Item]

// An ExistsError is the ErrExists of a [Store]. It has the stored item.
type ExistsError = save.ExistsError[Item]

// A Store keeps one item per grant.
type Store = save.Store[Item]

// A DueItem is an entry of the calendar.
type DueItem struct {
	ID  string
	Due Instant
}

// A Calendar finds the items that are due, without reading the others.
type Calendar interface {
	// Due lists the items with this Shard whose Due is not after now, those with
	// the earliest Due first, limit at most. It may miss the last second's writes,
	// and list where an item was a second ago.
	Due(ctx context.Context, shard string, now Instant, limit int) ([]DueItem, error)

	// Postpone moves Due of the item with this id from one time to another,
	// increments its version, so that an update by somebody who read the item
	// before conflicts, and returns the item as it is then. It changes nothing and
	// reports false if the item is not due at from. Of several callers with the
	// same from, one gets true. From and to are not 0: Postpone neither enters an
	// item into the calendar nor takes it out.
	Postpone(ctx context.Context, id string, from, to Instant) (*Item, bool, error)

	// ListDue lists the items with this Shard, whenever they are due, that come after
	// that entry, in the order of Due and then of their ids, limit at most. The
	// zero entry comes before all others.
	ListDue(ctx context.Context, shard string, after DueItem, limit int) ([]DueItem, error)
}

// Shards are the parts of the calendar: many grants that fall due at once are
// spread over them.
var Shards = [...]string{"0", "1", "2", "3", "4", "5", "6", "7"}

// ShardGivenUp is the part of the calendar that has what the schedule has given
// up. Due is then when it did. No planner reads this part, of no version of the
// program.
const ShardGivenUp = "given-up"
