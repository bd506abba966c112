package service

import (
	"context"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
)

// Consent is kept, and cancels that are still due are sent, soon after the start
// and then this often.
const (
	keepFirst = time.Second
	keepEvery = time.Hour
)

// keepTime is how long one run may take. The keeper starts with no further grant
// after 4 minutes, and a grant's turn takes less than one.
const keepTime = 6 * time.Minute

// A keeper is [grant.Keeper].
type keeper interface {
	Run(ctx context.Context) (grant.KeepReport, error)
}

// Keep keeps consent alive while nobody asks for a token: once after first and then
// regularly, until ctx is done. A run under way then has 30 s to end the grants that
// it works on. Keep waits for no run longer than keepTime.
func (s *Service) Keep(ctx context.Context, first, every time.Duration) {
	next := time.NewTimer(first)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		s.keepOnce(ctx)
		next.Reset(every)
	}
}

// keepOnce runs the keeper and waits until it has ended or its time is over. A run
// that hangs must stop neither the next one nor the shutdown.
func (s *Service) keepOnce(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, keepTime)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		_, err := s.keeper.Run(ctx) // logs its report
		ended <- err
	}()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done(): // its time is over, or the service stops
		patience := time.NewTimer(stopTime)
		defer patience.Stop()
		select {
		case err = <-ended:
		case <-patience.C:
			s.log.Error("keeping consent did not end in time", "limit", stopTime.String())
		}
	}
	if err != nil {
		s.log.Error("the grants that are due cannot be read", "error", err)
	}
}
