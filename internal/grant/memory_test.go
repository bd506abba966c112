package grant_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
)

// memory is a store that a test can break.
type memory struct {
	mu        sync.Mutex
	items     map[string][]byte
	writes    int
	broken    func(it *grant.Item) error // asked before a write
	after     func(it *grant.Item) error // asked after one: the write happened, its answer is lost
	racing    func()                     // called before an update: somebody is quicker
	interrupt func() error               // called before an update: somebody is quicker, or it fails
	unread    error                      // of the calendar
	deaf      func() error               // asked before a read
	conflicts bool                       // answers a lost write with what is stored
}

func (m *memory) write(it *grant.Item) error {
	m.writes++
	b, err := json.Marshal(it)
	if err == nil {
		m.items[it.ID] = b
	}
	if err == nil && m.after != nil {
		err = m.after(it)
	}
	return err
}

func (m *memory) Create(ctx context.Context, it *grant.Item) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		if err := m.broken(it); err != nil {
			return err
		}
	}
	if m.items[it.ID] != nil {
		return grant.ErrExists
	}
	created := *it
	created.Version = 1
	if err := m.write(&created); err != nil {
		return err
	}
	it.Version = 1
	return nil
}

func (m *memory) Get(ctx context.Context, id string) (*grant.Item, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.deaf != nil {
		if err := m.deaf(); err != nil {
			return nil, err
		}
	}
	b := m.items[id]
	if b == nil {
		return nil, grant.ErrNotFound
	}
	it := new(grant.Item)
	return it, json.Unmarshal(b, it)
}

func (m *memory) Update(ctx context.Context, it *grant.Item) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.racing != nil {
		m.racing()
	}
	if m.interrupt != nil {
		if err := m.interrupt(); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		if err := m.broken(it); err != nil {
			return err
		}
	}
	var stored grant.Item
	if json.Unmarshal(m.items[it.ID], &stored) != nil || stored.Version != it.Version {
		if m.conflicts && stored.ID != "" {
			return fmt.Errorf("update: %w", &grant.ConflictError{Stored: &stored})
		}
		return fmt.Errorf("update: %w", grant.ErrConflict)
	}
	updated := *it
	updated.Version++
	if err := m.write(&updated); err != nil {
		return err
	}
	it.Version++
	return nil
}

func (m *memory) stored(t *testing.T, id string) *grant.Item {
	t.Helper()
	it, err := m.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return it
}

func (m *memory) change(t *testing.T, id string, change func(*grant.Item)) {
	t.Helper()
	it := m.stored(t, id)
	change(it)
	if err := m.Update(t.Context(), it); err != nil {
		t.Fatal(err)
	}
}
