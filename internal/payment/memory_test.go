package payment_test

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
)

// A row is an item as a memory stores it.
type row struct {
	value   []byte
	version int64
	list    string
	created grant.Instant
}

// memory is a store of one kind of items that a test can break.
type memory[T any] struct {
	name     string
	read     func(*T) (id string, version *int64, list string, created grant.Instant)
	notFound error
	exists   func(*T) error
	conflict func(*T) error
	gate     *gate

	mu     sync.Mutex
	rows   map[string]row
	writes int
}

// A gate is before and after every call of the stores: a test can let one fail, or let
// somebody else be quicker.
type gate struct {
	mu     sync.Mutex
	before func(call string) error
	after  func(call string) error
}

func (g *gate) set(before, after func(call string) error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.before, g.after = before, after
}

func (g *gate) pass(call string, before bool) error {
	g.mu.Lock()
	f := g.after
	if before {
		f = g.before
	}
	g.mu.Unlock()
	if f == nil {
		return nil
	}
	return f(call)
}

func newGrantMemory(g *gate) *memory[grant.Item] {
	return &memory[grant.Item]{name: "grant", gate: g, rows: map[string]row{},
		read: func(it *grant.Item) (string, *int64, string, grant.Instant) {
			return it.ID, &it.Version, it.List, it.Created
		},
		notFound: grant.ErrNotFound,
		exists:   func(it *grant.Item) error { return &grant.ExistsError{Stored: it} },
		conflict: func(it *grant.Item) error { return &grant.ConflictError{Stored: it} },
	}
}

func newPaymentMemory(g *gate) *memory[payment.Item] {
	return &memory[payment.Item]{name: "payment", gate: g, rows: map[string]row{},
		read: func(it *payment.Item) (string, *int64, string, grant.Instant) {
			return it.ID, &it.Version, it.List, it.Created
		},
		notFound: payment.ErrNotFound,
		exists:   func(it *payment.Item) error { return &payment.ExistsError{Stored: it} },
		conflict: func(it *payment.Item) error { return &payment.ConflictError{Stored: it} },
	}
}

func (m *memory[T]) call(ctx context.Context, what string, do func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := m.gate.pass(m.name+" "+what, true); err != nil {
		return err
	}
	m.mu.Lock()
	err := do()
	m.mu.Unlock()
	if err != nil {
		return err
	}
	return m.gate.pass(m.name+" "+what, false)
}

func (m *memory[T]) put(it *T, version int64) error {
	copied := *it
	_, v, list, created := m.read(&copied)
	*v = version
	id, _, _, _ := m.read(it)
	b, err := json.Marshal(&copied)
	if err == nil {
		m.rows[id] = row{b, version, list, created}
		m.writes++
	}
	return err
}

func (m *memory[T]) stored(id string) *T {
	r, ok := m.rows[id]
	if !ok {
		return nil
	}
	it := new(T)
	if err := json.Unmarshal(r.value, it); err != nil {
		panic(err)
	}
	return it
}

func (m *memory[T]) Create(ctx context.Context, it *T) error {
	id, version, _, _ := m.read(it)
	err := m.call(ctx, "create", func() error {
		if m.stored(id) != nil {
			return m.exists(m.stored(id))
		}
		return m.put(it, 1)
	})
	if err == nil {
		*version = 1
	}
	return err
}

func (m *memory[T]) Update(ctx context.Context, it *T) error {
	id, version, _, _ := m.read(it)
	err := m.call(ctx, "update", func() error {
		if r, ok := m.rows[id]; !ok || r.version != *version {
			return m.conflict(m.stored(id))
		}
		return m.put(it, *version+1)
	})
	if err == nil {
		*version++
	}
	return err
}

func (m *memory[T]) Get(ctx context.Context, id string) (it *T, err error) {
	err = m.call(ctx, "get", func() error {
		if it = m.stored(id); it == nil {
			return m.notFound
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return it, nil
}

func (m *memory[T]) List(ctx context.Context, list string, after grant.ListEntry, limit int) (entries []grant.ListEntry, err error) {
	err = m.call(ctx, "list", func() error {
		for id, r := range m.rows {
			if e := (grant.ListEntry{ID: id, Created: r.created}); r.list == list && (after.ID == "" || order(after, e) < 0) {
				entries = append(entries, e)
			}
		}
		slices.SortFunc(entries, order)
		entries = entries[:min(limit, len(entries))]
		return nil
	})
	return entries, err
}

func order(a, b grant.ListEntry) int {
	return cmp.Or(cmp.Compare(b.Created, a.Created), cmp.Compare(a.ID, b.ID))
}

// look returns what is stored, past the gate.
func (m *memory[T]) look(t *testing.T, id string) *T {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	it := m.stored(id)
	if it == nil {
		t.Fatalf("no %s %s is stored", m.name, id)
	}
	return it
}

func (m *memory[T]) change(t *testing.T, id string, change func(*T)) {
	t.Helper()
	it := m.look(t, id)
	change(it)
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.put(it, m.rows[id].version+1); err != nil {
		t.Fatal(err)
	}
}

// all returns what is stored.
func (m *memory[T]) all() (items []*T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id := range m.rows {
		items = append(items, m.stored(id))
	}
	return items
}
