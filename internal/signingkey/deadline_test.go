package signingkey

import (
	"errors"
	"testing"

	"github.com/opgrants/opgrants/pkg/opclient"
)

func TestNothingIsReadOrSentWithoutADeadline(t *testing.T) {
	key := newKey(t, "key-1")
	for name, source := range map[string]Source{"a file": File{Path: "nowhere"}, "a fixed key": Fixed(key)} {
		if _, err := source.Read(t.Context()); !errors.Is(err, ErrNoDeadline) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	s, source := newServer(t, key), &shelf{key: key}
	c, _ := newClient(t, source)
	for name, call := range s.calls() {
		if err := call(t.Context(), c); !errors.Is(err, ErrNoDeadline) || !errors.Is(err, opclient.ErrNotSent) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if n := s.seen(); n != 0 {
		t.Errorf("the server saw %d requests", n)
	}
}
