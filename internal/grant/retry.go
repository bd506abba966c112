package grant

import (
	"context"
	"errors"
)

// ErrNotGivenUp is the error of [Service.Retry] for a grant that the schedule has
// not given up.
var ErrNotGivenUp = errors.New("the schedule has not given this grant up")

// IsGivenUp reports whether the schedule has given the grant up. Since is when it
// did.
func (it *Item) IsGivenUp() (since Instant, givenUp bool) {
	if it.Shard != ShardGivenUp {
		return 0, false
	}
	return it.Due, true
}

// Retry makes a grant that was given up due at once. If that fails again, it is
// given up again. Retry returns [ErrNotGivenUp], or [ErrNotFound].
func (s *Service) Retry(ctx context.Context, id string) error {
	ctx, cancel := begin(ctx)
	defer cancel()
	it, err := s.store().Get(ctx, id)
	if err != nil {
		return err
	}
	for {
		if _, givenUp := it.IsGivenUp(); !givenUp {
			return ErrNotGivenUp
		}
		w := s.change(ctx, it, retry(s.now()))
		switch w.kind {
		case saved:
			return nil
		case lost:
			if w.stored == nil {
				return ErrNotFound
			}
			it = w.stored
		case unknown:
			return writeError(w.err)
		}
	}
}
