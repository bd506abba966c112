// Package keepingtest runs the schedule of grants in a test: the planner, the
// queue and the workers, one after the other.
package keepingtest

import (
	"context"
	"sync"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/keeping"
	"github.com/opgrants/opgrants/internal/schedule"
)

// A Schedule keeps the grants of a store, and follows its payments.
type Schedule struct {
	Grants   *grant.Service
	Calendar grant.Calendar
	// Follower follows the payments that are due by Payments. Both nil: there are none.
	Follower keeping.Follower
	Payments keeping.PaymentCalendar
	Breakers schedule.BreakerStore // nil: in memory
	Now      func() time.Time      // nil: time.Now
	Workers  int                   // at the same time; 0: 1

	breakers BreakerMap
}

// A Result is what one run has done.
type Result struct {
	keeping.Report
	Plan schedule.Plan // of the last planner run
}

// Run hands out what is due, and does it, until nothing is left.
func (s *Schedule) Run(ctx context.Context) (r Result, err error) {
	store := s.Breakers
	if store == nil {
		store = &s.breakers
	}
	breakers := &schedule.Breakers{Store: store, Now: s.Now}
	tally := &keeping.Tally{}
	q := &Queue{}
	planner := &schedule.Planner{Calendar: &keeping.Calendar{Grants: s.Calendar, Payments: s.Payments}, Queue: q, Breakers: breakers, Now: s.Now}
	worker := &schedule.Worker{Doer: &keeping.Doer{Grants: s.Grants, Payments: s.Follower, Tally: tally}, Breakers: breakers}
	for left := true; left && err == nil; {
		r.Plan, err = planner.Run(ctx)
		left = r.Plan.Left && r.Plan.HandedOut+r.Plan.Parked > 0
		work(ctx, worker, q.Take(), max(1, s.Workers))
	}
	r.Report = tally.Take()
	return r, err
}

func work(ctx context.Context, w *schedule.Worker, tasks []schedule.Task, workers int) {
	next := make(chan schedule.Task)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for t := range next {
				w.Work(ctx, t)
			}
		})
	}
	for _, t := range tasks {
		next <- t
	}
	close(next)
	all.Wait()
}

// A Queue keeps tasks until they are taken.
type Queue struct {
	mu    sync.Mutex
	tasks []schedule.Task
}

// Room is 10,000 tasks.
func (q *Queue) Room(context.Context) (int, error) { return 10_000, nil }

// Send keeps all tasks.
func (q *Queue) Send(_ context.Context, tasks []schedule.Task) ([]schedule.Task, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.tasks = append(q.tasks, tasks...)
	return nil, nil
}

// Take returns the tasks, and keeps them no longer.
func (q *Queue) Take() []schedule.Task {
	q.mu.Lock()
	defer q.mu.Unlock()
	tasks := q.tasks
	q.tasks = nil
	return tasks
}

// A BreakerMap keeps breakers in memory. The zero value is empty.
type BreakerMap struct {
	mu       sync.Mutex
	breakers map[string]schedule.Breaker
}

// Breaker is [schedule.BreakerStore]'s.
func (m *BreakerMap) Breaker(ctx context.Context, host string) (*schedule.Breaker, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.breakers[host]
	b.Host = host
	return &b, ctx.Err()
}

// SaveBreaker is [schedule.BreakerStore]'s.
func (m *BreakerMap) SaveBreaker(ctx context.Context, b *schedule.Breaker, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.breakers == nil {
		m.breakers = map[string]schedule.Breaker{}
	}
	if m.breakers[b.Host].Version != b.Version {
		return schedule.ErrConflict
	}
	b.Version++
	m.breakers[b.Host] = *b
	return ctx.Err()
}
