package dynamodb

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/test/storetest"
)

// What a caller changes in place in an item that it got from the store is sent: the
// store compares with a copy.
func TestAnItemThatWasReadIsNotSharedWithItsCaller(t *testing.T) {
	for name, read := range map[string]func(t *testing.T, s *Store) *grant.Item{
		"Get": func(t *testing.T, s *Store) *grant.Item {
			it, err := s.Get(storetest.Deadline(t), ordinary().ID)
			if err != nil {
				t.Fatal(err)
			}
			return it
		},
		"Postpone": func(t *testing.T, s *Store) *grant.Item {
			it, ok, err := s.Postpone(storetest.Deadline(t), ordinary().ID, 5, 6)
			if err != nil || !ok {
				t.Fatal(ok, err)
			}
			return it
		},
	} {
		t.Run(name, func(t *testing.T) {
			var last request
			var stored map[string]map[string]any
			s := aServer(t, func(_ int, r request) (int, any) {
				last = r
				switch {
				case r.Item != nil:
					stored = r.Item
				case r.Operation == "GetItem":
					return http.StatusOK, map[string]any{"Item": stored}
				}
				return http.StatusOK, map[string]any{"Attributes": stored}
			})
			first := ordinary()
			if err := s.Create(storetest.Deadline(t), &first); err != nil {
				t.Fatal(err)
			}
			s = New(s.client, s.table) // which has seen nothing
			it := read(t, s)
			it.ClaimKey[0]++
			it.Access[0].Actions[0] = "changed"
			if err := s.Update(storetest.Deadline(t), it); err != nil {
				t.Fatal(err)
			}
			if names := slices.Sorted(maps.Values(last.ExpressionAttributeNames)); !slices.Equal(names, []string{"ac", "ck", "v", "w"}) {
				t.Errorf("it names %q", names)
			}
		})
	}
}
