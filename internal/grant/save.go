package grant

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"
)

// A saving is how a write ended. Switch over its kind and handle all three: a
// test requires it.
type saving struct {
	kind saveKind
	// stored is the item as the store has it now: saved: ours; lost: another's,
	// nil when the item is gone; unknown: nil.
	stored *Item
	err    error // unknown: why
}

type saveKind int

const (
	_ saveKind = iota
	// saved: the store has our change.
	saved
	// lost: another's change is stored, and ours never will be. Decide anew from
	// what is stored.
	lost
	// unknown: the store could not be asked. It may have our change, now or later:
	// cancel nothing at the wallet. The lease stays, and whoever touches the grant
	// after it settles the matter.
	unknown
)

// change makes a transition and saves it. A transition that the state does not
// allow is a fault of this package: it is logged, and nothing is written.
func (s *Service) change(ctx context.Context, it *Item, e event) saving {
	if err := it.become(e); err != nil {
		s.log().ErrorContext(ctx, "fault: a transition is not allowed", slog.String("grant_id", it.ID), slog.Any("error", err))
		return saving{kind: unknown, err: err}
	}
	it.list()
	if it.Version == 0 {
		return s.write(ctx, it, e, s.store().Create, ErrExists)
	}
	return s.write(ctx, it, e, s.store().Update, ErrConflict)
}

// changeHeld is change for the holder of the lease that e needs. If another has
// changed the grant without ending it and without taking the lease, the
// transition is made on what is stored now.
func (s *Service) changeHeld(ctx context.Context, it *Item, e event) saving {
	for {
		w := s.change(ctx, it, e)
		if w.kind != lost || w.stored == nil || w.stored.isEnding() || !w.stored.holds(e.held) {
			return w
		}
		it = w.stored
	}
}

// write saves an item, and tries again while the store cannot be reached and
// time is left. An earlier try may have succeeded although its answer was lost:
// then the store has exactly what we wanted to write.
func (s *Service) write(ctx context.Context, it *Item, e event, write func(context.Context, *Item) error, taken error) saving {
	ctx, cancel := detach(ctx, max(saveTime, e.saveTime))
	defer cancel()
	for pause := 50 * time.Millisecond; ; pause *= 2 {
		err := write(ctx, it)
		if err == nil {
			return saving{kind: saved, stored: it}
		}
		if errors.Is(err, taken) {
			var stored *Item
			if stored, err = s.storedInstead(ctx, it.ID, err); err == nil {
				if stored.hasSameContent(it) {
					return saving{kind: saved, stored: stored}
				}
				return saving{kind: lost, stored: stored}
			}
		}
		if errors.Is(err, errNoDeadline) || s.sleep(ctx, pause) != nil || ctx.Err() != nil {
			return saving{kind: unknown, err: err}
		}
	}
}

// storedInstead returns what is stored after a write lost: from the store's
// error, else by reading. It is nil if the item is gone.
func (s *Service) storedInstead(ctx context.Context, id string, err error) (*Item, error) {
	var conflict *ConflictError
	if errors.As(err, &conflict) && conflict.Stored != nil {
		return conflict.Stored, nil
	}
	stored, err := s.store().Get(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return stored, err
}

// hasSameContent reports whether two items are equal in all but their version.
func (it *Item) hasSameContent(other *Item) bool {
	return it != nil && bytes.Equal(it.content(), other.content())
}

// content is the item as JSON, without its version.
func (it *Item) content() []byte {
	b, err := json.Marshal(struct {
		*Item
		Version int64 `json:"v"`
	}{Item: it})
	if err != nil {
		panic("grant: " + err.Error()) // texts, numbers and bytes: cannot fail
	}
	return b
}

// writeError is what a caller hears after a write of unknown outcome.
func writeError(err error) error {
	var fault *TransitionError
	if errors.As(err, &fault) || errors.Is(err, errNoDeadline) {
		return err
	}
	return StoreError(err)
}
