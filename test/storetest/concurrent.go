package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
)

const atOnce = 50

func concurrentUpdates(t *testing.T, s Subject) {
	it := create(t, s, newItem())
	winner := race(t, grant.ErrConflict, it, func(mine *grant.Item) error {
		return s.Store.Update(Deadline(t), mine)
	})
	if winner.Version != 2 {
		t.Errorf("the winner's version is %d, want 2", winner.Version)
	}
	mustEqual(t, get(t, s, it.ID), winner)
}

func concurrentCreates(t *testing.T, s Subject) {
	it := newItem()
	winner := race(t, grant.ErrExists, it, func(mine *grant.Item) error {
		return s.Store.Create(Deadline(t), mine)
	})
	mustEqual(t, get(t, s, it.ID), winner)
}

// race lets many write their own copy of an item at once. It returns the one
// that won; all others must get the error that says so, and keep their version.
func race(t *testing.T, lost error, it *grant.Item, write func(*grant.Item) error) *grant.Item {
	t.Helper()
	before := it.Version
	copies := make([]grant.Item, atOnce)
	errs := make([]error, atOnce)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range copies {
		copies[i] = *it
		copies[i].Owner = fmt.Sprintf("writer %d", i)
		all.Go(func() {
			<-start
			errs[i] = write(&copies[i])
		})
	}
	close(start)
	all.Wait()

	var winner *grant.Item
	for i, err := range errs {
		switch {
		case err == nil && winner == nil:
			winner = &copies[i]
		case err == nil:
			t.Errorf("%s and %s both won", winner.Owner, copies[i].Owner)
		case !errors.Is(err, lost):
			t.Errorf("%s: got %v, want %v", copies[i].Owner, err, lost)
		case copies[i].Version != before:
			t.Errorf("%s lost, and its version became %d", copies[i].Owner, copies[i].Version)
		}
	}
	if winner == nil {
		t.Fatal("nobody won")
	}
	return winner
}
