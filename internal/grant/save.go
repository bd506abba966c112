package grant

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"

	"github.com/opgrants/opgrants/internal/save"
)

// The outcomes of a write, which every caller handles. After unknown nothing is
// cancelled at the wallet.
const (
	saved   = save.Saved
	lost    = save.Lost
	unknown = save.Unknown
)

type saving = save.Result[Item]

// change makes a transition and saves it. A transition that the state does not
// allow is a fault of this package: it is logged, and nothing is written.
func (s *Service) change(ctx context.Context, it *Item, e event) saving {
	if err := it.become(e); err != nil {
		s.log().ErrorContext(ctx, "fault: a transition is not allowed", slog.String("grant_id", it.ID), slog.Any("error", err))
		return saving{Kind: unknown, Err: err}
	}
	it.list()
	return save.Writer[Item]{Store: s.store(), Sleep: s.sleep, Content: (*Item).content,
		ID: func(it *Item) string { return it.ID }, IsNew: func(it *Item) bool { return it.Version == 0 },
	}.Write(ctx, it, max(saveTime, e.saveTime))
}

// changeHeld is change for the holder of the lease that e needs. If another has
// changed the grant without ending it and without taking the lease, the
// transition is made on what is stored now.
func (s *Service) changeHeld(ctx context.Context, it *Item, e event) saving {
	for {
		w := s.change(ctx, it, e)
		if w.Kind != lost || w.Stored == nil || w.Stored.isEnding() || !w.Stored.holds(e.held) {
			return w
		}
		it = w.Stored
	}
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
	var fault *save.TransitionError
	if errors.As(err, &fault) || errors.Is(err, save.ErrNoDeadline) {
		return err
	}
	return StoreError(err)
}
