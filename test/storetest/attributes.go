package storetest

import (
	"maps"
	"slices"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/store"
)

func everyField(t *testing.T, s Subject) {
	created := create(t, s, fullItem())
	mustEqual(t, get(t, s, created.ID), created)

	updated := fullItem()
	updated.ID, updated.Version = created.ID, created.Version
	if err := s.Store.Update(Deadline(t), updated); err != nil {
		t.Fatal(err)
	}
	mustEqual(t, get(t, s, created.ID), updated)

	stored := s.Attributes(t, created.ID)
	for _, name := range store.Grants.Attributes() {
		if _, ok := stored[name]; !ok {
			t.Errorf("attribute %q is not stored under its name", name)
		}
	}
}

// emptied: what is not there costs nothing, and an index or a TTL does not see it.
func emptied(t *testing.T, s Subject) {
	full := create(t, s, fullItem())
	small := newItem()
	create(t, s, small)
	want := slices.Sorted(maps.Keys(s.Attributes(t, small.ID)))
	if slices.Contains(want, "ttl") {
		t.Errorf("a small item is stored with the empty ones among %v", want)
	}

	id := small.ID
	small.ID, small.Version = full.ID, full.Version
	if err := s.Store.Update(Deadline(t), small); err != nil {
		t.Fatal(err)
	}
	mustEqual(t, get(t, s, full.ID), small)
	if got := slices.Sorted(maps.Keys(s.Attributes(t, full.ID))); !slices.Equal(got, want) {
		t.Errorf("%s is stored with %v, %s with %v", full.ID, got, id, want)
	}
}

func unknownAttributes(t *testing.T, s Subject) {
	const name = `from "the" \ <future>`
	it := create(t, s, fullItem())
	s.SetAttribute(t, it.ID, name, "kept & <unchanged> é")
	mustEqual(t, get(t, s, it.ID), it)

	small := newItem()
	for _, change := range []*grant.Item{small, fullItem()} {
		change.ID, change.Version = it.ID, it.Version
		if err := s.Store.Update(Deadline(t), change); err != nil {
			t.Fatal(err)
		}
		it = change
		if got := s.Attributes(t, it.ID)[name]; got != "kept & <unchanged> é" {
			t.Errorf("after an update it is %q", got)
		}
		mustEqual(t, get(t, s, it.ID), it)
	}
}
