package store_test

import (
	"slices"
	"testing"

	"github.com/opgrants/opgrants/internal/store"
)

func TestEveryFieldHasANameOfItsOwn(t *testing.T) {
	names := store.Attributes()
	for _, known := range []string{"id", "v", "st", "ttl", "end"} {
		if !slices.Contains(names, known) {
			t.Errorf("%q is not among %v", known, names)
		}
	}
	slices.Sort(names)
	if len(slices.Compact(slices.Clone(names))) != len(names) || names[0] == "" || slices.Contains(names, "-") {
		t.Errorf("a field of grant.Item has no json name, or another's: %q", names)
	}
}
