package store

import (
	"context"
	"errors"
)

// ErrNoDeadline refuses an operation whose context would let it wait for ever.
var ErrNoDeadline = errors.New("the context of this operation has no deadline")

// RequireDeadline returns why an operation cannot start with this context:
// [ErrNoDeadline], or the context's own error.
func RequireDeadline(ctx context.Context) error {
	if _, ok := ctx.Deadline(); !ok {
		return ErrNoDeadline
	}
	return ctx.Err()
}
