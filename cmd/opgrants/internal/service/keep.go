package service

import (
	"context"
	"time"
)

// Keep keeps consent alive while nobody asks for a token, first after a moment
// and then regularly, until ctx is done. A run that has begun ends its work on
// the grants at hand.
func (s *Service) Keep(ctx context.Context, first, every time.Duration) {
	next := time.NewTimer(first)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		// What was done is logged by the run itself.
		if _, err := s.keeper.Run(ctx); err != nil {
			s.log.Error("the grants that are due cannot be read", "error", err)
		}
		next.Reset(every)
	}
}
