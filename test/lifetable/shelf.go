package lifetable

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/opgrants/opgrants/internal/save"
)

// A Shelf is a [save.Store] of one item. Each write ends as Outcome says.
type Shelf[T any] struct {
	Stored  *T
	Outcome save.Kind
	Acts    bool            // of [save.Unknown]: whether the write happens all the same
	Version func(*T) *int64 // where the item has its version
}

// Get returns the item.
func (s *Shelf[T]) Get(context.Context, string) (*T, error) {
	switch {
	case s.Outcome == save.Unknown:
		return nil, errors.New("down")
	case s.Stored == nil:
		return nil, save.ErrNotFound
	}
	return s.Stored, nil
}

// Create saves the first version of the item.
func (s *Shelf[T]) Create(_ context.Context, item *T) error { return s.put(item, save.ErrExists) }

// Update saves the next version of the item.
func (s *Shelf[T]) Update(_ context.Context, item *T) error { return s.put(item, save.ErrConflict) }

func (s *Shelf[T]) put(item *T, taken error) error {
	switch {
	case s.Outcome == save.Lost:
		return fmt.Errorf("write: %w", taken)
	case s.Outcome == save.Saved || s.Acts:
		b, err := json.Marshal(item)
		if err != nil {
			return err
		}
		var c T
		if err := json.Unmarshal(b, &c); err != nil {
			return err
		}
		*s.Version(&c)++
		s.Stored = &c
	}
	if s.Outcome == save.Unknown {
		return errors.New("down")
	}
	*s.Version(item)++
	return nil
}
