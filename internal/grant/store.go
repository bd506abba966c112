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

// A Store keeps one item per grant.
type Store interface {
	// Create saves a new item as version 1 and sets item.Version to it.
	// ErrExists if there is one with its id.
	Create(ctx context.Context, item *Item) error

	// Get reads consistently: it sees every write that was answered before it
	// began. ErrNotFound if there is none.
	Get(ctx context.Context, id string) (*Item, error)

	// Update replaces the item if its stored version is still item.Version, and
	// increments that. ErrConflict otherwise, also when the item is gone.
	// Attributes that this program does not know are kept: another version of it
	// may have written them.
	Update(ctx context.Context, item *Item) error
}

// A Calendar finds the grants that are due, without reading the others.
type Calendar interface {
	// Due lists ids of items with this Shard whose Due is not after now, those
	// with the earliest Due first, limit at most. It may miss the last second's
	// writes.
	Due(ctx context.Context, shard string, now Instant, limit int) (ids []string, err error)
}

// Shards are the parts of the calendar: many grants that fall due at once are
// spread over them.
var Shards = [...]string{"0", "1", "2", "3", "4", "5", "6", "7"}
