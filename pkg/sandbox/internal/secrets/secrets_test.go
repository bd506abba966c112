package secrets

import (
	"fmt"
	"testing"
)

func TestTheOldestSecretIsDropped(t *testing.T) {
	var s Set
	s.Add("first", "first", "")
	if all := s.All(); len(all) != 1 {
		t.Errorf("%q", all)
	}
	for i := range Limit {
		s.Add(fmt.Sprint(i))
	}
	all := s.All()
	seen := map[string]bool{}
	for _, x := range all {
		seen[x] = true
	}
	if len(all) != Limit || len(seen) != Limit || len(s.known) != Limit || seen["first"] || !seen["0"] {
		t.Errorf("%d secrets, %d different, %d known", len(all), len(seen), len(s.known))
	}
}
