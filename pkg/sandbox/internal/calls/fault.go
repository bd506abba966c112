package calls

import (
	"context"
	"net/http"
	"time"
)

// A Fault is what goes wrong with a call. The face of the sandbox documents the
// fields.
type Fault struct {
	Delay  time.Duration
	Act    bool
	Drop   bool
	Reset  bool
	Hang   bool
	Half   bool
	Status int
	Header http.Header
	Body   string
	Edit   map[string]string
	Prefix string
	Gzip   bool
	Skip   int
	Times  int
	Match  func(*http.Request) bool
	Before func()
	After  func()
}

// A planned fault waits for its call.
type planned struct {
	op Op
	Fault
}

// Fail plans a fault for the next Times calls of op after Skip calls. For each call
// the first planned fault that fits decides.
func (c *Calls) Fail(op Op, f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f.Times = max(f.Times, 1)
	c.pending = append(c.pending, planned{op, f})
}

// Pending returns how many planned faults have not happened.
func (c *Calls) Pending() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.pending {
		n += p.Times
	}
	return n
}

// Clear drops the planned faults.
func (c *Calls) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending = nil
}

// Take returns the fault for a call of op, nil if none is planned. r is nil for a
// call that the server makes itself.
func (c *Calls) Take(op Op, r *http.Request) *Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.pending {
		p := &c.pending[i]
		if !p.op.includes(op) || p.Match != nil && (r == nil || !p.Match(r)) {
			continue
		}
		if p.Skip > 0 {
			p.Skip--
			return nil
		}
		f := p.Fault
		if p.Times--; p.Times == 0 {
			c.pending = append(c.pending[:i:i], c.pending[i+1:]...)
		}
		return &f
	}
	return nil
}

// Breaks reports whether the client does not get the right answer.
func (f *Fault) Breaks() bool {
	return f.Drop || f.Reset || f.Hang || f.Half || f.Status != 0
}

// Wait waits for the delay.
func (f *Fault) Wait(ctx context.Context, done <-chan struct{}) error {
	return sleep(ctx, done, f.Delay)
}
