package service

import (
	"context"
	"errors"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/store/bolt"
)

// A watchedStore calls onDamage when an operation finds that the data file is
// damaged. Nothing that is read after that can be trusted.
type watchedStore struct {
	*bolt.Store
	onDamage func(error)
}

func (s *watchedStore) watch(err error) error {
	var damage *bolt.DamageError
	if errors.As(err, &damage) {
		s.onDamage(damage)
	}
	return err
}

// Create is [grant.Store]'s.
func (s *watchedStore) Create(ctx context.Context, item *grant.Item) error {
	return s.watch(s.Store.Create(ctx, item))
}

// Get is [grant.Store]'s.
func (s *watchedStore) Get(ctx context.Context, id string) (*grant.Item, error) {
	item, err := s.Store.Get(ctx, id)
	return item, s.watch(err)
}

// Update is [grant.Store]'s.
func (s *watchedStore) Update(ctx context.Context, item *grant.Item) error {
	return s.watch(s.Store.Update(ctx, item))
}

// Due is [grant.Calendar]'s.
func (s *watchedStore) Due(ctx context.Context, shard string, now grant.Instant, limit int) ([]grant.DueItem, error) {
	items, err := s.Store.Due(ctx, shard, now, limit)
	return items, s.watch(err)
}

// Postpone is [grant.Calendar]'s.
func (s *watchedStore) Postpone(ctx context.Context, id string, from, to grant.Instant) (*grant.Item, bool, error) {
	item, done, err := s.Store.Postpone(ctx, id, from, to)
	return item, done, s.watch(err)
}
