package store_test

import (
	"slices"
	"testing"

	"github.com/opgrants/opgrants/internal/store"
	"github.com/opgrants/opgrants/test/storetest"
)

func TestEveryFieldHasANameOfItsOwn(t *testing.T) {
	for kind, names := range map[string][]string{"grant": store.Grants.Attributes(), "payment": store.Payments.Attributes(), "note": storetest.Notes.Attributes()} {
		for _, known := range []string{store.ID, store.Version, store.TTL, store.Shard, store.Due, store.KindName} {
			if !slices.Contains(names, known) {
				t.Errorf("%s: %q is not among %v", kind, known, names)
			}
		}
		slices.Sort(names)
		if len(slices.Compact(slices.Clone(names))) != len(names) || names[0] == "" || slices.Contains(names, "-") {
			t.Errorf("%s: a field has no json name, or another's: %q", kind, names)
		}
	}
}
