package demo

import (
	"sync/atomic"
	"time"
)

// A clock is that of the whole demonstration. It can be put forward, so that
// nobody needs to wait until a token has expired or a day is over.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *clock) skip(d time.Duration) { c.ahead.Add(int64(d)) }
