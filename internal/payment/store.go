package payment

import (
	"context"
	"errors"
)

// What a [Store] answers. Any other error means that the store cannot be reached,
// and that a write may or may not have happened.
var (
	ErrExists   = errors.New("a payment with this id exists")
	ErrNotFound = errors.New("no payment with this id")
	ErrConflict = errors.New("the payment has changed since it was read")
)

// A ConflictError is the ErrConflict of a store. Stored is the item as it is now;
// nil when the item is gone.
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

// A Store keeps one item per payment, as a [grant.Store] keeps grants.
type Store interface {
	Create(ctx context.Context, item *Item) error
	Get(ctx context.Context, id string) (*Item, error)
	Update(ctx context.Context, item *Item) error
}
