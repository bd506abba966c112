package service

import (
	"context"
	"errors"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/store/bolt"
)

// A watched store calls onDamage when an operation finds that the data file is
// damaged. Nothing that is read after that can be trusted.
type watched[T any] struct {
	items    *bolt.Items[T]
	onDamage func(error)
}

func (s *watched[T]) watch(err error) error {
	var damage *bolt.DamageError
	if errors.As(err, &damage) {
		s.onDamage(damage)
	}
	return err
}

// Create is [grant.Store]'s.
func (s *watched[T]) Create(ctx context.Context, item *T) error {
	return s.watch(s.items.Create(ctx, item))
}

// Get is [grant.Store]'s.
func (s *watched[T]) Get(ctx context.Context, id string) (*T, error) {
	item, err := s.items.Get(ctx, id)
	return item, s.watch(err)
}

// Update is [grant.Store]'s.
func (s *watched[T]) Update(ctx context.Context, item *T) error {
	return s.watch(s.items.Update(ctx, item))
}

// Due is [grant.Calendar]'s.
func (s *watched[T]) Due(ctx context.Context, shard string, now grant.Instant, limit int) ([]grant.DueItem, error) {
	items, err := s.items.Due(ctx, shard, now, limit)
	return items, s.watch(err)
}

// ListDue is [grant.Calendar]'s.
func (s *watched[T]) ListDue(ctx context.Context, shard string, after grant.DueItem, limit int) ([]grant.DueItem, error) {
	items, err := s.items.ListDue(ctx, shard, after, limit)
	return items, s.watch(err)
}

// Postpone is [grant.Calendar]'s.
func (s *watched[T]) Postpone(ctx context.Context, id string, from, to grant.Instant) (*T, bool, error) {
	item, done, err := s.items.Postpone(ctx, id, from, to)
	return item, done, s.watch(err)
}

// List is [grant.Lister]'s.
func (s *watched[T]) List(ctx context.Context, list string, after grant.ListEntry, limit int) ([]grant.ListEntry, error) {
	entries, err := s.items.List(ctx, list, after, limit)
	return entries, s.watch(err)
}

// CountDue is [bolt.Items]'s.
func (s *watched[T]) CountDue(ctx context.Context, shard string) (int, error) {
	n, err := s.items.CountDue(ctx, shard)
	return n, s.watch(err)
}
