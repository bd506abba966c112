package grant

import (
	"context"
	"errors"
)

// ErrNotGivenUp is the error of [Service.Retry] for a grant that the schedule has
// not given up.
var ErrNotGivenUp = errors.New("the schedule has not given this grant up")

// GivenUpAt is when the schedule has given the grant up; 0: it has not.
func (it *Item) GivenUpAt() Instant {
	if it.isGivenUp() {
		return it.Due
	}
	return 0
}

func (it *Item) isGivenUp() bool { return it.Shard == ShardGivenUp }

// Retry makes a grant that was given up due at once. If that fails again, it is
// given up again. Retry returns [ErrNotGivenUp], or [ErrNotFound].
func (s *Service) Retry(ctx context.Context, id string) error {
	ctx, cancel := Begin(ctx)
	defer cancel()
	it, err := s.store().Get(ctx, id)
	if err != nil {
		return err
	}
	for {
		if !it.isGivenUp() {
			return ErrNotGivenUp
		}
		w := s.change(ctx, it, retry(s.now()))
		switch w.Kind {
		case saved:
			return nil
		case lost:
			if w.Stored == nil {
				return ErrNotFound
			}
			it = w.Stored
		case unknown:
			return writeError(w.Err)
		}
	}
}
