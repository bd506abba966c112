package world

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
)

// ErrDown is the error of a store that cannot be reached.
var ErrDown = errors.New("the store cannot be reached")

// A StoreCall is one call of the store.
type StoreCall struct {
	Number int
	Op     string // create, get or update
	ctx    context.Context
	do     func() error
}

// Do makes the call.
func (c *StoreCall) Do() error { return c.do() }

// TimeOut lets the call use up its time and never answer.
func (c *StoreCall) TimeOut(w *World) error { return fmt.Errorf("no answer: %w", w.Spend(c.ctx)) }

// A StoreFault decides what a call of the store does and answers.
type StoreFault func(c *StoreCall) error

// A Store counts the calls of another one, and lets them fail. It knows which
// items were ever written.
type Store struct {
	next  grant.Store
	raw   grant.Store // without faults of its own, for the checks
	world *World

	mu      sync.Mutex
	calls   int // that began
	acts    int // that were made
	ops     []string
	at      int
	fault   StoreFault
	fired   bool
	down    bool
	failed  bool // a call has failed, at any time
	ids     map[string]bool
	secrets map[string]bool
	grantOf map[string]string // continue URI → id
}

func newStore(next, raw grant.Store, w *World) *Store {
	return &Store{next: next, raw: raw, world: w, ids: map[string]bool{}, secrets: map[string]bool{}, grantOf: map[string]string{}}
}

// Plan lets fault happen at the nth next call; counted from 1.
func (s *Store) Plan(n int, fault StoreFault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls, s.ops, s.at, s.fault, s.fired = 0, nil, n, fault, false
}

// Count starts to count calls, and returns what they were when stop is called.
func (s *Store) Count() (stop func() []string) {
	s.Plan(0, nil)
	return func() []string {
		s.mu.Lock()
		defer s.mu.Unlock()
		return append([]string(nil), s.ops...)
	}
}

// Fired reports whether the planned fault happened.
func (s *Store) Fired() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fired
}

// Heal drops what is planned. The store works from now on.
func (s *Store) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at, s.fault, s.down = 0, nil, false
}

// Down makes the store unreachable until [World.Heal].
func (s *Store) Down() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = true
}

// call makes one call, with its fault.
func (s *Store) call(ctx context.Context, op string, do func() error) error {
	act := do
	if s.world.nested.Load() == 0 {
		do = func() error {
			s.mu.Lock()
			s.acts++
			s.mu.Unlock()
			return act()
		}
	}
	fault, c, err := s.begin(ctx, op, do)
	switch {
	case err == nil && fault != nil:
		err = fault(c)
	case err == nil:
		return do()
	}
	if err != nil {
		s.mu.Lock()
		s.failed = true
		s.mu.Unlock()
	}
	return err
}

// SetFailed says that a call has failed below the store, in its exchanges.
func (s *Store) SetFailed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = true
}

// hasFailed reports whether any call has failed since the start.
func (s *Store) hasFailed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

func (s *Store) begin(ctx context.Context, op string, do func() error) (StoreFault, *StoreCall, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return nil, nil, ErrDown
	}
	if s.world.nested.Load() > 0 {
		return nil, nil, nil
	}
	s.calls++
	s.ops = append(s.ops, op)
	if s.fault == nil || s.calls != s.at {
		return nil, nil, nil
	}
	s.fired = true
	return s.fault, &StoreCall{s.calls, op, ctx, do}, nil
}

// acted returns the number of calls that were made, without those of a second
// caller.
func (s *Store) acted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.acts
}

// Create is [grant.Store]'s.
func (s *Store) Create(ctx context.Context, it *grant.Item) error {
	return s.write(ctx, "create", it, s.next.Create)
}

// Update is [grant.Store]'s.
func (s *Store) Update(ctx context.Context, it *grant.Item) error {
	return s.write(ctx, "update", it, s.next.Update)
}

// write writes a copy. The caller whose answer is lost has the version that it had.
func (s *Store) write(ctx context.Context, op string, it *grant.Item, write func(context.Context, *grant.Item) error) error {
	s.note(it)
	written := *it
	err := s.call(ctx, op, func() error { return write(ctx, &written) })
	if err == nil {
		it.Version = written.Version
	}
	return err
}

// Get is [grant.Store]'s.
func (s *Store) Get(ctx context.Context, id string) (it *grant.Item, err error) {
	err = s.call(ctx, "get", func() (err error) { it, err = s.next.Get(ctx, id); return err })
	if err != nil {
		return nil, err
	}
	return it, nil
}

// Payments counts the calls of a store of payments together with those of the grants,
// and lets them fail. It knows which items were ever written.
type Payments struct {
	grants    *Store
	next, raw payment.Store
	ids       map[string]bool
}

// Create is [payment.Store]'s.
func (p *Payments) Create(ctx context.Context, it *payment.Item) error {
	return p.write(ctx, "payment-create", it, p.next.Create)
}

// Update is [payment.Store]'s.
func (p *Payments) Update(ctx context.Context, it *payment.Item) error {
	return p.write(ctx, "payment-update", it, p.next.Update)
}

func (p *Payments) write(ctx context.Context, op string, it *payment.Item, write func(context.Context, *payment.Item) error) error {
	p.grants.mu.Lock()
	p.ids[it.ID] = true
	p.grants.mu.Unlock()
	written := *it
	err := p.grants.call(ctx, op, func() error { return write(ctx, &written) })
	if err == nil {
		it.Version = written.Version
	}
	return err
}

// Get is [payment.Store]'s.
func (p *Payments) Get(ctx context.Context, id string) (it *payment.Item, err error) {
	err = p.grants.call(ctx, "payment-get", func() (err error) { it, err = p.next.Get(ctx, id); return err })
	if err != nil {
		return nil, err
	}
	return it, nil
}

// ListedPayments is a store of payments that knows those of a grant.
type ListedPayments interface {
	payment.Store
	grant.Lister
}

// findOf notes the payments of a grant, which a child has made.
func (p *Payments) findOf(grantID string) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	entries, err := p.raw.(ListedPayments).List(ctx, grant.ListKey(owner, grantID), grant.ListEntry{}, 100)
	if err != nil {
		panic(fmt.Sprintf("world: list the payments of %s: %v", grantID, err))
	}
	for _, entry := range entries {
		p.ids[entry.ID] = true
	}
}

// all returns all payments that were ever written and are stored, past all faults.
func (p *Payments) all() (all []*payment.Item) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	p.grants.mu.Lock()
	ids := slices.Sorted(maps.Keys(p.ids))
	p.grants.mu.Unlock()
	for _, id := range ids {
		it, err := p.raw.Get(ctx, id)
		if err == nil {
			all = append(all, it)
		} else if !errors.Is(err, payment.ErrNotFound) {
			panic(fmt.Sprintf("world: read %s: %v", id, err))
		}
	}
	return all
}

// note remembers what was to be written.
func (s *Store) note(it *grant.Item) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if it.Owner != "" {
		s.ids[it.ID] = true
	}
	if it.ContinueURI != "" {
		s.grantOf[it.ContinueURI] = it.ID
	}
	for _, secret := range []string{it.ClientNonce, it.ServerNonce, it.ContinueToken, it.Token} {
		if secret != "" {
			s.secrets[secret] = true
		}
	}
}

// stored reads an item past all faults; nil: there is none.
func (s *Store) stored(id string) *grant.Item {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	it, err := s.raw.Get(ctx, id)
	if errors.Is(err, grant.ErrNotFound) {
		return nil
	}
	if err != nil {
		panic(fmt.Sprintf("world: read %s: %v", id, err))
	}
	return it
}

// known returns the ids of all items that were ever written.
func (s *Store) known() (all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id := range s.ids {
		all = append(all, id)
	}
	return all
}

// idOf returns the id of the grant with this continue URI; "": none is known.
func (s *Store) idOf(continueURI string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.grantOf[continueURI]
}

func (s *Store) secretTexts() (all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for secret := range s.secrets {
		all = append(all, secret)
	}
	return all
}
