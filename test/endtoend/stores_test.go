package endtoend

import (
	"path/filepath"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/store/bolt"
)

// A place is where a store keeps its grants: a file, or an endpoint and a table.
// It outlives the process that has it open.
type place struct{ Kind, At string }

// stores opens a place, by its kind, and makes new ones.
var stores = map[string]struct {
	fresh func(t *testing.T) place
	open  func(at string) (store grant.Store, close func(), err error)
}{
	"bolt": {
		fresh: func(t *testing.T) place { return place{"bolt", filepath.Join(t.TempDir(), "grants.db")} },
		open: func(at string) (grant.Store, func(), error) {
			s, err := bolt.Open(at)
			if err != nil {
				return nil, nil, err
			}
			return s, func() { _ = s.Close() }, nil
		},
	},
}

// onEachStore runs a test on each kind of store there is.
func onEachStore(t *testing.T, test func(t *testing.T, p place)) {
	for kind, s := range stores {
		t.Run(kind, func(t *testing.T) { test(t, s.fresh(t)) })
	}
}

func open(t *testing.T, p place) grant.Store {
	t.Helper()
	s, closeStore, err := stores[p.Kind].open(p.At)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(closeStore)
	return s
}
