package save

import (
	"context"
	"errors"
)

// What a [Store] answers. Any other error means that the store cannot be reached,
// and that a write may or may not have happened.
var (
	ErrExists   = errors.New("an item with this id exists")
	ErrNotFound = errors.New("no item with this id")
	ErrConflict = errors.New("the item has changed since it was read")
)

// ErrNoDeadline is a fault of the caller: what writes or calls must end.
var ErrNoDeadline = errors.New("the context of this operation has no deadline")

// A ConflictError is the [ErrConflict] of a store. Stored is the item as it is now;
// nil if it has been deleted.
type ConflictError[T any] struct{ Stored *T }

func (e *ConflictError[T]) Error() string { return ErrConflict.Error() }

// Is reports that the error is [ErrConflict].
func (e *ConflictError[T]) Is(target error) bool { return target == ErrConflict }

// An ExistsError is the [ErrExists] of a store. Stored is the item that has the id;
// nil if it has been deleted since.
type ExistsError[T any] struct{ Stored *T }

func (e *ExistsError[T]) Error() string { return ErrExists.Error() }

// Is reports that the error is [ErrExists].
func (e *ExistsError[T]) Is(target error) bool { return target == ErrExists }

// A Store keeps items by their ids.
type Store[T any] interface {
	// Create saves a new item as version 1 and sets item.Version to it.
	// An [ExistsError] if there is one with its id.
	Create(ctx context.Context, item *T) error

	// Get reads consistently: it sees every write that was answered before it
	// began. [ErrNotFound] if there is none.
	Get(ctx context.Context, id string) (*T, error)

	// Update replaces the item if its stored version is still item.Version, and
	// increments that. A [ConflictError] otherwise, also when the item is gone.
	// Attributes that this program does not know are kept: another version of it
	// may have written them.
	Update(ctx context.Context, item *T) error
}

// Bounded returns a store that refuses what could take for ever, with
// [ErrNoDeadline].
func Bounded[T any](s Store[T]) Store[T] { return bounded[T]{s} }

type bounded[T any] struct{ next Store[T] }

func (b bounded[T]) Create(ctx context.Context, item *T) error {
	if err := needDeadline(ctx); err != nil {
		return err
	}
	return b.next.Create(ctx, item)
}

func (b bounded[T]) Update(ctx context.Context, item *T) error {
	if err := needDeadline(ctx); err != nil {
		return err
	}
	return b.next.Update(ctx, item)
}

func (b bounded[T]) Get(ctx context.Context, id string) (*T, error) {
	if err := needDeadline(ctx); err != nil {
		return nil, err
	}
	return b.next.Get(ctx, id)
}

func needDeadline(ctx context.Context) error {
	if _, ok := ctx.Deadline(); !ok {
		return ErrNoDeadline
	}
	return nil
}
