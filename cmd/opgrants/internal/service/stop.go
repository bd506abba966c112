package service

import (
	"context"
	"time"
)

// MaxDrain is the most that [Options].Drain may be.
const MaxDrain = 5 * time.Minute

// waitToStop returns when the process shall take no more connections: Drain after ctx
// is done, and at once if the data file is damaged or listening is done. From the
// first moment on the process says that it is not ready.
func (s *Service) waitToStop(ctx, listening context.Context) (damage error) {
	select {
	case damage = <-s.damaged:
		s.stopping.Store(true)
		s.log.Error("the data file is damaged", "error", damage)
		return damage
	case <-ctx.Done():
	}
	s.stopping.Store(true)
	if s.drain == 0 {
		return nil
	}
	s.log.Info("not ready any more", "stops_in", s.drain.String())
	drain := time.NewTimer(s.drain)
	defer drain.Stop()
	select {
	case damage = <-s.damaged:
		s.log.Error("the data file is damaged", "error", damage)
		return damage
	case <-drain.C:
		return nil
	case <-listening.Done(): // it has failed
		return nil
	}
}
