// Package save writes an item by compare-and-swap, and says how the write ended:
// saved, lost or unknown.
package save

import (
	"bytes"
	"context"
	"errors"
	"time"
)

// A Result is how a write ended. Switch over its kind and handle all three: a test
// of each package that writes requires it.
type Result[T any] struct {
	Kind Kind
	// Stored is the item as the store has it now: Saved: ours; Lost: another's, nil
	// if it was deleted; Unknown: nil.
	Stored *T
	Err    error // Unknown: why
}

// A Kind is one of the three outcomes of a write. The zero value is none of them.
type Kind int

const (
	_ Kind = iota
	// Saved means that the store has our change.
	Saved
	// Lost means that another's change is stored, and ours never will be. Decide
	// anew from what is stored.
	Lost
	// Unknown means that the store could not be asked. It may have our change, now
	// or later: cancel nothing at the wallet and send nothing. The lease stays, and
	// whoever touches the item after it goes on from what is stored.
	Unknown
)

// A Writer writes items to a store.
type Writer[T any] struct {
	Store   Store[T]
	ID      func(*T) string
	IsNew   func(*T) bool
	Content func(*T) []byte // all but the version
	Sleep   func(context.Context, time.Duration) error
}

// Write saves an item, and tries again while the store cannot be reached and time is
// left. An earlier try may have succeeded although its answer was lost: then the
// store has exactly what we wanted to write.
func (w Writer[T]) Write(ctx context.Context, item *T, limit time.Duration) Result[T] {
	ctx, cancel := Detach(ctx, limit)
	defer cancel()
	write, taken := w.Store.Update, ErrConflict
	if w.IsNew(item) {
		write, taken = w.Store.Create, ErrExists
	}
	for pause := 50 * time.Millisecond; ; pause *= 2 {
		err := write(ctx, item)
		if err == nil {
			return Result[T]{Kind: Saved, Stored: item}
		}
		if errors.Is(err, taken) {
			var stored *T
			if stored, err = w.readInstead(ctx, w.ID(item), err); err == nil {
				if stored != nil && bytes.Equal(w.Content(stored), w.Content(item)) {
					return Result[T]{Kind: Saved, Stored: stored}
				}
				return Result[T]{Kind: Lost, Stored: stored}
			}
		}
		if errors.Is(err, ErrNoDeadline) || w.Sleep(ctx, pause) != nil || ctx.Err() != nil {
			return Result[T]{Kind: Unknown, Err: err}
		}
	}
}

// readInstead returns what is stored after a write lost: from the store's error,
// else by reading. It is nil if the item was deleted.
func (w Writer[T]) readInstead(ctx context.Context, id string, err error) (*T, error) {
	var conflict *ConflictError[T]
	if errors.As(err, &conflict) && conflict.Stored != nil {
		return conflict.Stored, nil
	}
	var exists *ExistsError[T]
	if errors.As(err, &exists) && exists.Stored != nil {
		return exists.Stored, nil
	}
	stored, err := w.Store.Get(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return stored, err
}

// Detach returns a context for work that must not stop half-way because the client
// has gone. It keeps the deadline of ctx, and ends after limit at the latest.
func Detach(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx) // it is refused where it is used
	}
	until, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	limited, cancelLimit := context.WithTimeout(until, limit)
	return limited, func() { cancelLimit(); cancel() }
}

// Sleep waits, until ctx is done at the latest.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
