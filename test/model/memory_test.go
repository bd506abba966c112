package model

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/opgrants/opgrants/internal/grant"
)

// memory is the plainest store that keeps the promise of [grant.Store].
type memory struct {
	mu    sync.Mutex
	items map[string]*grant.Item
}

func (m *memory) Create(_ context.Context, it *grant.Item) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if stored := m.items[it.ID]; stored != nil {
		return &grant.ExistsError{Stored: clone(stored)}
	}
	it.Version = 1
	m.items[it.ID] = clone(it)
	return nil
}

func (m *memory) Get(_ context.Context, id string) (*grant.Item, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if stored := m.items[id]; stored != nil {
		return clone(stored), nil
	}
	return nil, grant.ErrNotFound
}

func (m *memory) Update(_ context.Context, it *grant.Item) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch stored := m.items[it.ID]; {
	case stored == nil:
		return &grant.ConflictError{}
	case stored.Version != it.Version:
		return &grant.ConflictError{Stored: clone(stored)}
	}
	it.Version++
	m.items[it.ID] = clone(it)
	return nil
}

func clone(it *grant.Item) *grant.Item {
	b, err := json.Marshal(it)
	if err != nil {
		panic(err)
	}
	other := &grant.Item{}
	if err := json.Unmarshal(b, other); err != nil {
		panic(err)
	}
	return other
}
