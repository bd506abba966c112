package world

import (
	"context"
	"sync"
	"time"
)

// A Clock is the wall clock, and can be moved forward. The zero value is ready.
type Clock struct {
	mu     sync.Mutex
	ahead  time.Duration
	waited map[context.Context]time.Duration
}

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

// Ahead returns how far the clock was moved.
func (c *Clock) Ahead() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ahead
}

// Move moves the clock forward.
func (c *Clock) Move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// Sleep moves the clock by d instead of waiting. If the time that ctx has left is
// shorter than all that was slept with it, it returns [context.DeadlineExceeded].
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waited == nil {
		c.waited = map[context.Context]time.Duration{}
	}
	c.waited[ctx] += d
	if deadline, ok := ctx.Deadline(); ok && c.waited[ctx] > time.Until(deadline) {
		return context.DeadlineExceeded
	}
	c.ahead += d
	return nil
}

// Spend uses up the time of ctx, as a call that never answers does.
func (c *Clock) Spend(ctx context.Context) error {
	left := time.Minute
	if deadline, ok := ctx.Deadline(); ok {
		left = max(0, time.Until(deadline))
	}
	_ = c.Sleep(ctx, left)
	c.mu.Lock()
	c.waited[ctx] += time.Hour
	c.mu.Unlock()
	return context.DeadlineExceeded
}
