package resourceserver

import (
	"slices"
	"time"
)

// An event is something that happens at a time. It happens when somebody next looks,
// so that a test can move the clock.
type event struct {
	at time.Time
	do func(now time.Time)
}

// lock locks s.mu and lets everything happen that is due.
func (s *Server) lock() {
	s.mu.Lock()
	now := s.now()
	for len(s.events) > 0 && !s.events[0].at.After(now) {
		e := s.events[0]
		s.events = slices.Delete(s.events, 0, 1)
		e.do(e.at)
	}
}

// schedule adds an event behind those of the same time. The caller holds s.mu.
func (s *Server) schedule(at time.Time, do func(now time.Time)) {
	i := len(s.events)
	for i > 0 && s.events[i-1].at.After(at) {
		i--
	}
	s.events = slices.Insert(s.events, i, event{at, do})
}
