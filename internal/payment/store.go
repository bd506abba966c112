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

// A ConflictError is the ErrConflict of a [Store]. It has the stored item.
type ConflictError = save.ConflictError[Item]

// An ExistsError is the ErrExists of a [Store]. It has the stored item.
type ExistsError = save.ExistsError[Item]

// A Store keeps one item per payment.
type Store = save.Store[Item]
