package bolt

import (
	"context"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/opgrants/opgrants/internal/store"
)

// Items are the items of one kind in a file.
type Items[T any] struct {
	file  *File
	kind  *store.Kind[T]
	known map[string]bool // attributes that T has
}

// Of is the store of one kind in a file. Open gives that of grants.
func Of[T any](f *File, kind *store.Kind[T]) *Items[T] {
	known := map[string]bool{}
	for _, name := range kind.Attributes() {
		known[name] = true
	}
	return &Items[T]{f, kind, known}
}

// Create is [grant.Store]'s.
func (s *Items[T]) Create(ctx context.Context, item *T) error {
	f := s.kind.Fields(item)
	if err := s.create(ctx, item); err != nil {
		return fmt.Errorf("create %s %s: %w", s.kind.Name, *f.ID, err)
	}
	*f.Version = 1
	return nil
}

func (s *Items[T]) create(ctx context.Context, item *T) error {
	key, err := s.kind.Key(*s.kind.Fields(item).ID)
	if err != nil {
		return fmt.Errorf("this cannot be an id: %w", err)
	}
	next, err := s.encode(item, key, 1)
	if err != nil {
		return err
	}
	if err := store.RequireDeadline(ctx); err != nil {
		return err
	}
	return s.file.update(ctx, func(tx *bbolt.Tx) error {
		if old := tx.Bucket(itemsBucket).Get([]byte(key)); old != nil {
			stored, err := s.decode(old)
			if err != nil {
				return refuse(err)
			}
			return refuse(s.kind.Exists(stored))
		}
		return replace(tx, key, nil, next)
	})
}

// Get is [grant.Store]'s.
func (s *Items[T]) Get(ctx context.Context, id string) (item *T, err error) {
	key, err := s.kind.Key(id)
	if err == nil {
		err = store.RequireDeadline(ctx)
	}
	if err == nil {
		err = s.file.view(func(tx *bbolt.Tx) (err error) {
			value := tx.Bucket(itemsBucket).Get([]byte(key))
			if value == nil {
				return s.kind.NotFound
			}
			item, err = s.decode(value)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("read %s %s: %w", s.kind.Name, id, err)
	}
	return item, nil
}

// Update is [grant.Store]'s.
func (s *Items[T]) Update(ctx context.Context, item *T) error {
	f := s.kind.Fields(item)
	if err := s.update(ctx, item, *f.Version); err != nil {
		return fmt.Errorf("update %s %s: %w", s.kind.Name, *f.ID, err)
	}
	*f.Version++
	return nil
}

func (s *Items[T]) update(ctx context.Context, item *T, version int64) error {
	key, err := s.kind.Key(*s.kind.Fields(item).ID)
	if err != nil {
		return s.kind.Conflict(nil)
	}
	next, err := s.encode(item, key, version+1)
	if err != nil {
		return err
	}
	if err := store.RequireDeadline(ctx); err != nil {
		return err
	}
	return s.file.update(ctx, func(tx *bbolt.Tx) error {
		value := tx.Bucket(itemsBucket).Get([]byte(key))
		if value == nil {
			return refuse(s.kind.Conflict(nil))
		}
		old, err := readRecord(value)
		if err != nil {
			return refuse(err)
		}
		if old.version != version {
			return refuse(s.conflict(value))
		}
		merged, err := next.withUnknown(old, s.known)
		if err != nil {
			return refuse(err)
		}
		return replace(tx, key, old, merged)
	})
}

func (s *Items[T]) conflict(value []byte) error {
	stored, err := s.decode(value)
	if err != nil {
		return err
	}
	return s.kind.Conflict(stored)
}

// replace writes an item, and moves it in the indexes.
func replace(tx *bbolt.Tx, key string, old, next *record) error {
	if err := tx.Bucket(itemsBucket).Put([]byte(key), next.value); err != nil {
		return err
	}
	if err := moveDue(tx, key, old, next); err != nil {
		return err
	}
	if err := moveList(tx, key, old, next); err != nil {
		return err
	}
	return moveExpiry(tx, key, old, next)
}
