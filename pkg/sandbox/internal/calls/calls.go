// Package calls is what the servers do around every call: they count it, run the
// hooks of a test, let it go wrong where a test asks for that, and log it.
package calls

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
)

// A Call is one HTTP request to the server.
type Call struct {
	Number int // from 1, over all operations
	Op     Op
	URL    string // path and query
}

// Calls handles the calls of one server. Make one with [New].
type Calls struct {
	log  *slog.Logger
	done <-chan struct{}

	mu      sync.Mutex
	number  int
	stats   Stats
	pending []planned
	hostile *hostile // nil: nothing goes wrong by itself
	before  func(Call)
	after   func(Call)
}

// New returns a Calls that logs to log. It stops every delay when done is closed.
func New(log *slog.Logger, done <-chan struct{}) *Calls { return &Calls{log: log, done: done} }

// Hook runs before ahead of every call, and after when the server has acted, but
// not answered yet. Nil: no hook.
func (c *Calls) Hook(before, after func(Call)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.before, c.after = before, after
}

// begin numbers a call and returns the hooks for it.
func (c *Calls) begin(op Op, r *http.Request) (before, after func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.number++
	call := Call{c.number, op, r.URL.RequestURI()}
	return bind(c.before, call), bind(c.after, call)
}

func bind(hook func(Call), call Call) func() {
	if hook == nil {
		return func() {}
	}
	return func() { hook(call) }
}

// Serve answers a call: with act, or as the next planned fault says. act returns
// the refusal that it answered with, for the log.
func (c *Calls) Serve(op Op, w http.ResponseWriter, r *http.Request, act func(http.ResponseWriter) *message.Refusal) {
	before, after := c.begin(op, r)
	before()
	logged := func(w http.ResponseWriter) {
		f := act(w)
		c.Log(r, op, f)
		after()
		if f != nil && f.Abort {
			reset(w)
		}
	}
	f := c.nextFault(op, r)
	if f == nil {
		logged(w)
		return
	}
	// The server does not act for a client that goes away during the delay.
	if f.Wait(r.Context(), c.done) != nil {
		panic(http.ErrAbortHandler)
	}
	c.fail(f, w, r, logged)
}

// nextFault returns the planned fault of a call, or that of a hostile server, and logs
// it. It returns nil if the call goes well.
func (c *Calls) nextFault(op Op, r *http.Request) *Fault {
	if f := c.Take(op, r); f != nil {
		c.log.LogAttrs(r.Context(), slog.LevelWarn, "planned fault", slog.String("op", string(op)), slog.String("method", r.Method), slog.String("fault", f.Describe()))
		return f
	}
	c.mu.Lock()
	h := c.hostile
	c.mu.Unlock()
	if h == nil || !Any.includes(op) {
		return nil
	}
	f, n := h.fault(op)
	if f != nil {
		c.log.LogAttrs(r.Context(), slog.LevelWarn, "hostile", slog.String("op", string(op)), slog.Uint64("call", n), slog.String("fault", f.Describe()))
	}
	return f
}

// Log writes a line without secrets: no query, no id of an interaction.
func (c *Calls) Log(r *http.Request, op Op, f *message.Refusal) {
	if f == nil {
		c.log.LogAttrs(r.Context(), slog.LevelInfo, "answered", slog.String("op", string(op)), slog.String("method", r.Method))
		return
	}
	c.log.LogAttrs(r.Context(), slog.LevelWarn, "refused",
		slog.String("op", string(op)), slog.String("method", r.Method), slog.Int("status", f.Status),
		slog.String("code", f.Code), slog.String("description", f.Description), slog.String("reason", f.Hint))
}

var errClosed = errors.New("the server was closed")

// Sleep waits for d, until ctx is done or the server is closed.
func (c *Calls) Sleep(ctx context.Context, d time.Duration) error { return sleep(ctx, c.done, d) }

func sleep(ctx context.Context, done <-chan struct{}, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-done:
		return errClosed
	}
}
