package grant

import (
	"context"
	"errors"
	"time"
)

// save writes a change. When the store cannot be reached it tries again, as
// long as ctx lasts; mine tells from what is stored whether an earlier try
// succeeded after all. The error is [ErrConflict] when somebody else changed the
// grant, and the store's otherwise.
func (s *Service) save(ctx context.Context, it *Item, mine func(stored *Item) bool) error {
	return s.persist(ctx, it, s.Store.Update, ErrConflict, mine)
}

// written tells of a stored grant whether it is where it was to be: its state,
// its end, and who holds it.
func (it *Item) written() func(stored *Item) bool {
	want := *it
	return func(stored *Item) bool {
		return stored.Status == want.Status && stored.Ending == want.Ending && sameLease(stored.Lease, want.Lease)
	}
}

func sameLease(a, b *Lease) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// reread is the grant as somebody else has changed it while we held the lease.
// We write nothing more under that, so it is over.
func (s *Service) reread(ctx context.Context, id string, ours *Lease) (*Item, error) {
	it, err := s.get(ctx, id)
	if err == nil && it.Lease != nil && ours != nil && it.Lease.ID == ours.ID {
		it.Lease = nil
	}
	return it, err
}

func (s *Service) persist(ctx context.Context, it *Item, write func(context.Context, *Item) error,
	taken error, mine func(stored *Item) bool) error {
	for pause := 50 * time.Millisecond; ; pause *= 2 {
		err := write(ctx, it)
		if errors.Is(err, taken) {
			stored, getErr := s.Store.Get(ctx, it.ID)
			if getErr == nil && mine(stored) {
				*it = *stored
				return nil
			}
			return taken
		}
		if err == nil || s.sleep(ctx, pause) != nil || ctx.Err() != nil {
			return err
		}
	}
}
