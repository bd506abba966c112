// Package storetest is the one suite that every [grant.Store] passes.
package storetest

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/internal/store"
)

// A Store is all that the service needs of one.
type Store interface {
	grant.Store
	grant.Calendar
	grant.Lister
}

// A PaymentStore is all that the service needs of one.
type PaymentStore interface {
	payment.Store
	grant.Lister
	Due(ctx context.Context, shard string, now grant.Instant, limit int) ([]grant.DueItem, error)
}

// A Subject is a store under test, and a way around it.
type Subject struct {
	Store Store
	// Notes is the store of another kind in the same table or file.
	Notes NoteStore
	// Payments is the store of payments in the same table or file.
	Payments PaymentStore
	// Lag is how long the calendar may miss a write that was answered. 0: it
	// never does.
	Lag time.Duration
	// SetAttribute writes a text attribute into a stored item, as another version
	// of the program may do.
	SetAttribute func(t *testing.T, id, name, value string)
	// Attributes are all that is stored of an item, by name. The text ones have
	// their value, the others any.
	Attributes func(t *testing.T, id string) map[string]string
}

// Run tests the stores that open returns: each may be the same, or a fresh one.
func Run(t *testing.T, open func(*testing.T) Subject) {
	for _, tt := range []struct {
		name string
		test func(*testing.T, Subject)
	}{
		{"what was created is read back", createAndGet},
		{"an id is created once", createTwice},
		{"what was never created is not found", getMissing},
		{"an update replaces the version that was read", update},
		{"an update of an older version conflicts and changes nothing", updateOlder},
		{"an update of what is gone conflicts", updateMissing},
		{"every field of an item is kept", everyField},
		{"a field that became empty is removed", emptied},
		{"what another version wrote is kept", unknownAttributes},
		{"of 50 updates at once one wins", concurrentUpdates},
		{"of 50 creations at once one wins", concurrentCreates},
		{"a cancelled context writes and reads nothing", cancelled},
		{"a caller's later changes do not reach the store", notShared},
		{"what is due is listed, the earliest first", dueInOrder},
		{"an item is listed at its time and not before", dueAtItsTime},
		{"an item without a due time is never listed", neverDue},
		{"each shard lists its own", dueByShard},
		{"no more are listed than asked for", dueWithinLimit},
		{"items that are due at once are all listed, part by part", dueAtOnce},
		{"a shard is listed part by part", listInParts},
		{"an item that moves is listed where it is then", dueMoves},
		{"an item that is no longer due is not listed", dueLeaves},
		{"a write that fails changes nothing in the calendar", dueAfterConflict},
		{"what another version wrote stays in the calendar", dueWithUnknown},
		{"of concurrent moves one is listed", dueAfterRace},
		{"a context without a deadline is refused", noDeadline},
		{"a lost update brings what is stored", conflictBringsStored},
		{"a lost creation brings what is stored", existsBringsStored},
		{"an item that is due is listed with its time", dueWithTime},
		{"an item is postponed from the time at which it is due", postpone},
		{"of 50 who postpone an item at once one succeeds", concurrentPostpones},
		{"a postponed item loses the updates of who read it before", postponeLosesUpdates},
		{"a postponed item keeps all else", postponeKeeps},
		{"items of another kind have ids, shards and errors of their own", otherKind},
		{"a list has the newest first, page by page", listInOrder},
		{"items that were created at once are all listed, each once", listAtOnce},
		{"each list has its own", listByKey},
		{"an item is listed once it is in a list, and no longer when it is not", listMoves},
		{"a list has no items of another kind", listByKind},
		{"a payment is stored as a whole", wholePayment},
		{"an item of another kind is not decoded as a grant", otherKindUndecodable},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, open(t)) })
	}
}

func createAndGet(t *testing.T, s Subject) {
	it := newItem()
	if err := s.Store.Create(Deadline(t), it); err != nil {
		t.Fatal(err)
	}
	if it.Version != 1 {
		t.Errorf("a new item is version %d, want 1", it.Version)
	}
	mustEqual(t, get(t, s, it.ID), it)
}

func createTwice(t *testing.T, s Subject) {
	it := create(t, s, newItem())
	second := newItem()
	second.ID, second.Owner = it.ID, "another"
	if err := s.Store.Create(Deadline(t), second); !errors.Is(err, grant.ErrExists) {
		t.Errorf("got %v, want %v", err, grant.ErrExists)
	}
	if second.Version != 0 {
		t.Errorf("what was not created is version %d", second.Version)
	}
	mustEqual(t, get(t, s, it.ID), it)
}

func getMissing(t *testing.T, s Subject) {
	if it, err := s.Store.Get(Deadline(t), newItem().ID); !errors.Is(err, grant.ErrNotFound) || it != nil {
		t.Errorf("got %v, %v, want %v", it, err, grant.ErrNotFound)
	}
}

func update(t *testing.T, s Subject) {
	it := create(t, s, newItem())
	for version := int64(2); version <= 4; version++ {
		it.Status, it.Owner = grant.Processing, string(grant.Processing)
		if err := s.Store.Update(Deadline(t), it); err != nil {
			t.Fatal(err)
		}
		if it.Version != version {
			t.Errorf("version %d, want %d", it.Version, version)
		}
		mustEqual(t, get(t, s, it.ID), it)
	}
}

func updateOlder(t *testing.T, s Subject) {
	old := create(t, s, newItem())
	current := *old
	current.Status = grant.Granted
	if err := s.Store.Update(Deadline(t), &current); err != nil {
		t.Fatal(err)
	}
	old.Status = grant.Failed
	if err := s.Store.Update(Deadline(t), old); !errors.Is(err, grant.ErrConflict) {
		t.Errorf("got %v, want %v", err, grant.ErrConflict)
	}
	if old.Version != 1 {
		t.Errorf("what was not written became version %d", old.Version)
	}
	mustEqual(t, get(t, s, old.ID), &current)
}

func updateMissing(t *testing.T, s Subject) {
	it := newItem()
	it.Version = 1
	if err := s.Store.Update(Deadline(t), it); !errors.Is(err, grant.ErrConflict) {
		t.Errorf("got %v, want %v", err, grant.ErrConflict)
	}
	if _, err := s.Store.Get(Deadline(t), it.ID); !errors.Is(err, grant.ErrNotFound) {
		t.Errorf("a failed update left something behind: %v", err)
	}
}

func cancelled(t *testing.T, s Subject) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	cancel()
	it := create(t, s, newItem())
	changed, other := *it, newItem()
	changed.Status = grant.Failed
	_, getErr := s.Store.Get(ctx, it.ID)
	_, dueErr := s.Store.Due(ctx, "0", 1, 1)
	_, _, postponeErr := s.Store.Postpone(ctx, it.ID, 1, 2)
	for name, err := range map[string]error{
		"Create": s.Store.Create(ctx, other), "Get": getErr, "Update": s.Store.Update(ctx, &changed), "Due": dueErr,
		"Postpone": postponeErr,
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v, want %v", name, err, context.Canceled)
		}
	}
	mustEqual(t, get(t, s, it.ID), it)
	if _, err := s.Store.Get(Deadline(t), other.ID); !errors.Is(err, grant.ErrNotFound) {
		t.Errorf("a cancelled creation left something behind: %v", err)
	}
}

func notShared(t *testing.T, s Subject) {
	it := fullItem()
	create(t, s, it)
	want := get(t, s, it.ID)
	it.Access[0].Type, it.ClaimKey[0] = "changed", it.ClaimKey[0]+1
	got := get(t, s, it.ID)
	mustEqual(t, got, want)
	got.Access[0].Type, got.Lease.ID = "changed", "changed"
	mustEqual(t, get(t, s, it.ID), want)
}

// Deadline is a context as every operation of a store needs: with a deadline.
func Deadline(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func create(t *testing.T, s Subject, it *grant.Item) *grant.Item {
	t.Helper()
	if err := s.Store.Create(Deadline(t), it); err != nil {
		t.Fatal(err)
	}
	return it
}

func get(t *testing.T, s Subject, id string) *grant.Item {
	t.Helper()
	it, err := s.Store.Get(Deadline(t), id)
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// mustEqual compares field by field: an item does not print its secrets.
func mustEqual(t *testing.T, got, want *grant.Item) {
	t.Helper()
	g, w := reflect.ValueOf(*got), reflect.ValueOf(*want)
	for i := range g.NumField() {
		if !reflect.DeepEqual(g.Field(i).Interface(), w.Field(i).Interface()) {
			t.Errorf("%s is %v, want %v", g.Type().Field(i).Name, g.Field(i), w.Field(i))
		}
	}
}

func noDeadline(t *testing.T, s Subject) {
	it := create(t, s, newItem())
	ctx := context.Background()
	_, getErr := s.Store.Get(ctx, it.ID)
	_, dueErr := s.Store.Due(ctx, "0", 1, 1)
	_, _, postponeErr := s.Store.Postpone(ctx, it.ID, 1, 2)
	for name, err := range map[string]error{
		"Create": s.Store.Create(ctx, newItem()), "Get": getErr, "Update": s.Store.Update(ctx, it), "Due": dueErr, "Postpone": postponeErr,
	} {
		if !errors.Is(err, store.ErrNoDeadline) {
			t.Errorf("%s: got %v, want %v", name, err, store.ErrNoDeadline)
		}
	}
}
