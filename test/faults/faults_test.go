package faults

import (
	"errors"
	"maps"
	"net/http"
	"slices"

	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/faults/world"
)

// A fault is what goes wrong with one call. One of its three functions is set.
type fault struct {
	name string
	// mild: the service or its client tries again, so that the operation is reached
	// in the end.
	mild   bool
	slow   bool // the wallet does not answer: the client waits in vain
	second bool // a second caller comes
	rest   bool // all that follow fail too

	store    func(s *world.Session, c *world.StoreCall) error
	exchange func(exchange) (*http.Response, error)
	wallet   func(s *world.Session) []planned
}

// A planned fault is one of a wallet.
type planned struct {
	op sandbox.Op
	sandbox.Fault
}

// storeFaults are the faults that a call of the store can have.
func storeFaults(op operation) []fault {
	all := []fault{
		{name: "error-before", mild: true, store: func(_ *world.Session, _ *world.StoreCall) error { return world.ErrDown }},
		{name: "error-after", mild: true, store: func(_ *world.Session, c *world.StoreCall) error { _ = c.Do(); return world.ErrDown }},
		{name: "timeout-before", store: func(s *world.Session, c *world.StoreCall) error { return c.TimeOut(s.World) }},
		{name: "timeout-after", store: func(s *world.Session, c *world.StoreCall) error { _ = c.Do(); return c.TimeOut(s.World) }},
		{name: "down-before", store: func(s *world.Session, _ *world.StoreCall) error { s.Store.Down(); return world.ErrDown }},
		{name: "down-after", store: func(s *world.Session, c *world.StoreCall) error {
			_ = c.Do()
			s.Store.Down()
			return world.ErrDown
		}},
	}
	for _, c := range op.callers() {
		all = append(all,
			fault{name: c.name + "-comes-before", second: true, store: func(s *world.Session, call *world.StoreCall) error {
				s.Nested(func() { c.run(s) })
				return call.Do()
			}},
			fault{name: c.name + "-comes-after", second: true, store: func(s *world.Session, call *world.StoreCall) error {
				err := call.Do()
				s.Nested(func() { c.run(s) })
				return err
			}})
	}
	return all
}

// walletFaults are the faults that a call of the wallet can have.
func walletFaults(op operation) (all []fault) {
	kinds := sandbox.Faults()
	kinds["other-json-before"] = sandbox.Fault{Status: 200, Body: `{"hello":["world"]}`}
	kinds["other-json-after"] = sandbox.Fault{Status: 200, Act: true, Body: `{"hello":["world"]}`}
	kinds["refused-before"] = sandbox.StringError(400, "invalid_request", "not now")
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		f := kinds[name]
		all = append(all, fault{name: name, slow: f.Hang || f.Status == 103, wallet: func(*world.Session) []planned {
			return []planned{{sandbox.OpAny, f}}
		}})
	}
	for _, c := range op.callers() {
		all = append(all,
			fault{name: c.name + "-comes-before", second: true, wallet: func(s *world.Session) []planned {
				return []planned{{sandbox.OpAny, sandbox.Fault{Before: func() { s.Nested(func() { c.run(s) }) }}}}
			}},
			fault{name: c.name + "-comes-after", second: true, wallet: func(s *world.Session) []planned {
				return []planned{{sandbox.OpAny, sandbox.Fault{After: func() { s.Nested(func() { c.run(s) }) }}}}
			}})
	}
	return append(all, fault{name: "keys-unreachable-before", wallet: func(*world.Session) []planned {
		return []planned{{sandbox.OpKeys, sandbox.Fault{Status: 500}}}
	}})
}

// A caller is one who comes in the middle of another's call.
type caller struct {
	name string
	run  func(s *world.Session)
}

var callers = []caller{
	{"delete", func(s *world.Session) {
		if s.ID != "" {
			s.Delete()
		}
	}},
	{"finish", func(s *world.Session) {
		if s.FinishURL != "" {
			s.Finish()
		}
	}},
	{"token", func(s *world.Session) {
		if s.ID != "" {
			s.GetToken()
		}
	}},
	{"token-then-delete", func(s *world.Session) {
		if s.ID != "" {
			s.GetToken()
			s.Delete()
		}
	}},
	{"token-then-delete-in-vain", func(s *world.Session) {
		if s.ID != "" {
			s.GetToken()
			s.Wallet.Fail(sandbox.OpCancel, sandbox.ServerError())
			s.Delete()
			s.Wallet.ClearFaults()
		}
	}},
	{"takeover", func(s *world.Session) {
		s.Move(world.Lease)
		again(s)
	}},
	{"schedule", func(s *world.Session) {
		if s.ID != "" {
			s.Keep(s.ID)
		}
	}},
	{"request", func(s *world.Session) {
		if s.ID == "" {
			again(s)
		}
	}},
}

// again is an app that looks at its grant, or asks once more if it has none yet.
func again(s *world.Session) {
	if s.ID != "" {
		s.Get()
		return
	}
	other := *s
	other.Request()
}

var errNotFired = errors.New("the fault that was planned did not happen: an error of this test")

// plan lets the fault happen at the nth call of the session's next operation.
func (f fault) plan(s *world.Session, http *exchanges, n int) {
	switch {
	case f.store != nil:
		s.Store.Plan(n, func(c *world.StoreCall) error { return f.store(s, c) })
		return
	case f.exchange != nil:
		http.plan(s, n, f.rest, f.exchange)
		return
	}
	s.Store.Count()
	for _, p := range f.wallet(s) {
		p.Skip = n - 1
		if p.op == sandbox.OpKeys {
			p.Skip = 0
		}
		s.Wallet.Fail(p.op, p.Fault)
	}
}

// fired ends what plan began, and reports an error if the fault did not happen.
func (f fault) fired(s *world.Session, http *exchanges) error {
	fired := s.Wallet.PendingFaults() == 0
	switch {
	case f.store != nil:
		fired = s.Store.Fired()
	case f.exchange != nil:
		_, fired = http.stop()
	}
	if !fired {
		return errNotFired
	}
	return nil
}
