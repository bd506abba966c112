package demo

import (
	"sync/atomic"
	"time"
)

// A clock is the time of the whole demonstration. It can be put forward, so that
// nobody needs to wait until a token has expired or a day is over.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return c.fromReal(time.Now()) }

// fromReal is the time of this clock at the real time t.
func (c *clock) fromReal(t time.Time) time.Time { return t.Add(time.Duration(c.ahead.Load())) }

func (c *clock) skip(d time.Duration) { c.ahead.Add(int64(d)) }
