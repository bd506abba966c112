package grant

import (
	"context"
	"errors"
)

// What a [Store] answers. Any other error means that the store cannot be
// reached, and that a write may or may not have happened.
var (
	ErrExists   = errors.New("an item with this id exists")
	ErrNotFound = errors.New("no item with this id")
	ErrConflict = errors.New("the item has changed since it was read")
)

// A ConflictError is the ErrConflict of a store. Stored is the item as it is
// now; nil when the item is gone.
type ConflictError struct{ Stored *Item }

func (e *ConflictError) Error() string { return ErrConflict.Error() }

// Is reports that the error is [ErrConflict].
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// An ExistsError is the ErrExists of a store. Stored is the item that has the id;
// nil if it has been deleted since.
type ExistsError struct{ Stored *Item }

func (e *ExistsError) Error() string { return ErrExists.Error() }

// Is reports that the error is [ErrExists].
func (e *ExistsError) Is(target error) bool { return target == ErrExists }

// A Store keeps one item per grant.
type Store interface {
	// Create saves a new item as version 1 and sets item.Version to it.
	// An [ExistsError] if there is one with its id.
	Create(ctx context.Context, item *Item) error

	// Get reads consistently: it sees every write that was answered before it
	// began. ErrNotFound if there is none.
	Get(ctx context.Context, id string) (*Item, error)

	// Update replaces the item if its stored version is still item.Version, and
	// increments that. A [ConflictError] otherwise, also when the item is gone.
	// Attributes that this program does not know are kept: another version of it
	// may have written them.
	Update(ctx context.Context, item *Item) error
}

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
