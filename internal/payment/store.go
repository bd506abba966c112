package payment

import (
	"github.com/opgrants/opgrants/internal/save"
)

// What a [Store] answers: see package save.
var (
	ErrExists   = save.ErrExists
	ErrNotFound = save.ErrNotFound
	ErrConflict = save.ErrConflict
)

// The errors of a [Store] that have the stored item.
type (
	ConflictError = save.ConflictError[Item]
	ExistsError   = save.ExistsError[Item]
)

// A Store keeps one item per payment.
type Store = save.Store[Item]
