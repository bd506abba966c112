package payment

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/save"
)

// The outcomes of a write, which every caller handles. After unknown nothing is
// sent.
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
		s.log().ErrorContext(ctx, "fault: a transition is not allowed", slog.String("payment_id", it.ID), slog.Any("error", err))
		return saving{Kind: unknown, Err: err}
	}
	return save.Writer[Item]{Store: s.store(), Sleep: s.sleep, Content: (*Item).content,
		ID: func(it *Item) string { return it.ID }, IsNew: func(it *Item) bool { return it.Version == 0 },
	}.Write(ctx, it, saveTime)
}

// content is the item as JSON, without its version.
func (it *Item) content() []byte {
	b, err := json.Marshal(struct {
		*Item
		Version int64 `json:"v"`
	}{Item: it})
	if err != nil {
		panic("payment: " + err.Error()) // texts, numbers and bytes: cannot fail
	}
	return b
}

// writeError is what a caller hears after a write of unknown outcome.
func writeError(err error) error {
	var fault *save.TransitionError
	if errors.As(err, &fault) || errors.Is(err, save.ErrNoDeadline) {
		return err
	}
	return grant.StoreError(err)
}
