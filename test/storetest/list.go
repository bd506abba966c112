package storetest

import (
	"crypto/rand"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
)

// listed creates an item in a list.
func listed(t *testing.T, s Subject, list string, created grant.Instant) *grant.Item {
	t.Helper()
	it := newItem()
	it.List, it.Created = list, created
	return create(t, s, it)
}

// readList reads a list in pages of that many.
func readList(t *testing.T, lists grant.Lister, list string, page int) (ids []string) {
	t.Helper()
	for after := (grant.ListEntry{}); ; {
		entries, err := lists.List(Deadline(t), list, after, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			ids = append(ids, e.ID)
		}
		if len(entries) < page {
			return ids
		}
		after = entries[page-1]
	}
}

func mustBeListed(t *testing.T, s Subject, list string, page int, want ...*grant.Item) {
	t.Helper()
	var ids []string
	for _, it := range want {
		ids = append(ids, it.ID)
	}
	mustBecome(t, s, func() ([]string, bool) {
		got := readList(t, s.Store, list, page)
		return got, slices.Equal(got, ids)
	}, ids)
}

func listInOrder(t *testing.T, s Subject) {
	list := rand.Text()
	mustBeListed(t, s, list, 2)
	third, first, fourth, second := listed(t, s, list, 9), listed(t, s, list, noon), listed(t, s, list, -1), listed(t, s, list, 10)
	for page := 1; page <= 5; page++ {
		mustBeListed(t, s, list, page, first, second, third, fourth)
	}
}

func listAtOnce(t *testing.T, s Subject) {
	list := rand.Text()
	var want []string
	for range 7 {
		want = append(want, listed(t, s, list, noon).ID)
	}
	slices.Sort(want)
	for page := 1; page <= 8; page += 2 {
		mustBecome(t, s, func() ([]string, bool) {
			got := readList(t, s.Store, list, page)
			slices.Sort(got)
			return got, slices.Equal(got, want)
		}, want)
	}
}

func listByKey(t *testing.T, s Subject) {
	one, other := rand.Text(), rand.Text()
	a, b := listed(t, s, one, 1), listed(t, s, other, 1)
	mustBeListed(t, s, one, 10, a)
	mustBeListed(t, s, other, 10, b)
}

func listMoves(t *testing.T, s Subject) {
	list, next := rand.Text(), rand.Text()
	it := create(t, s, newItem()) // as an older version of the program has it
	stays := listed(t, s, list, it.Created-1)
	mustBeListed(t, s, list, 10, stays)
	move := func(to string) {
		it.List = to
		if err := s.Store.Update(Deadline(t), it); err != nil {
			t.Fatal(err)
		}
	}
	move(list)
	mustBeListed(t, s, list, 10, it, stays)
	it.Status = grant.Granted
	move(list)
	mustBeListed(t, s, list, 10, it, stays)
	move(next)
	mustBeListed(t, s, list, 10, stays)
	mustBeListed(t, s, next, 10, it)
	move("")
	mustBeListed(t, s, next, 10)
	mustBeListed(t, s, list, 10, stays)
}

func listByKind(t *testing.T, s Subject) {
	list := rand.Text()
	it := listed(t, s, list, noon)
	p := &payment.Item{ID: rand.Text(), Status: payment.Processing, List: list, Created: noon}
	if err := s.Payments.Create(Deadline(t), p); err != nil || p.List != list {
		t.Fatalf("%v, list %q", err, p.List)
	}
	mustBeListed(t, s, list, 10, it)
	mustBecome(t, s, func() ([]string, bool) {
		got := readList(t, s.Payments, list, 10)
		return got, slices.Equal(got, []string{p.ID})
	}, []string{p.ID})
}

func wholePayment(t *testing.T, s Subject) {
	var p payment.Item
	fill(reflect.ValueOf(&p).Elem())
	p.Version = 0
	want := p
	if err := s.Payments.Create(Deadline(t), &p); err != nil {
		t.Fatal(err)
	}
	want.Version = 1
	got, err := s.Payments.Get(Deadline(t), p.ID)
	if err != nil || !reflect.DeepEqual(*got, want) {
		t.Errorf("%v: got %+v, want %+v", err, got, want)
	}
	var exists *payment.ExistsError
	if err := s.Payments.Create(Deadline(t), &p); !errors.As(err, &exists) || exists.Stored == nil {
		t.Errorf("created again: %v", err)
	}
	p.Version = 7
	var conflict *payment.ConflictError
	if err := s.Payments.Update(Deadline(t), &p); !errors.As(err, &conflict) || conflict.Stored == nil {
		t.Errorf("updated another version: %v", err)
	}
	if _, err := s.Payments.Get(Deadline(t), rand.Text()); !errors.Is(err, payment.ErrNotFound) {
		t.Errorf("no payment: %v", err)
	}
}
