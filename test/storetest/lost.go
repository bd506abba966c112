package storetest

import (
	"errors"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
)

func conflictBringsStored(t *testing.T, s Subject) {
	old := create(t, s, fullItem())
	current := fullItem()
	current.ID, current.Version = old.ID, old.Version
	if err := s.Store.Update(Deadline(t), current); err != nil {
		t.Fatal(err)
	}
	var conflict *grant.ConflictError
	if err := s.Store.Update(Deadline(t), old); !errors.As(err, &conflict) || conflict.Stored == nil {
		t.Fatalf("got %v, want what is stored", err)
	}
	mustEqual(t, conflict.Stored, current)

	// What it brought can be changed and saved.
	conflict.Stored.Owner = "another"
	if err := s.Store.Update(Deadline(t), conflict.Stored); err != nil {
		t.Fatal(err)
	}
	mustEqual(t, get(t, s, old.ID), conflict.Stored)

	gone := newItem()
	gone.Version = 1
	if err := s.Store.Update(Deadline(t), gone); !errors.As(err, &conflict) || conflict.Stored != nil {
		t.Errorf("got %v with an item, want %v without one", err, grant.ErrConflict)
	}
}

func existsBringsStored(t *testing.T, s Subject) {
	first := create(t, s, fullItem())
	second := newItem()
	second.ID = first.ID
	var exists *grant.ExistsError
	if err := s.Store.Create(Deadline(t), second); !errors.As(err, &exists) || exists.Stored == nil {
		t.Fatalf("got %v, want what is stored", err)
	}
	mustEqual(t, exists.Stored, first)
}
