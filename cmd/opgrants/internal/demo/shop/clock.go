package shop

import (
	"sync/atomic"
	"time"
)

// A Clock is the time of the whole demonstration. It can be put forward, so that nobody
// needs to wait until a token has expired or a day is over.
type Clock struct{ ahead atomic.Int64 }

// Now is the time.
func (c *Clock) Now() time.Time { return c.fromReal(time.Now()) }

// Ahead is how far the clock was put forward.
func (c *Clock) Ahead() time.Duration { return time.Duration(c.ahead.Load()) }

// Skip puts the clock forward.
func (c *Clock) Skip(d time.Duration) { c.ahead.Add(int64(d)) }

// fromReal is the time of this clock at the real time t.
func (c *Clock) fromReal(t time.Time) time.Time { return t.Add(c.Ahead()) }
