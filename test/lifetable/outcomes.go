package lifetable

import (
	"testing"

	"github.com/opgrants/opgrants/internal/save"
)

// MustHaveThreeOutcomes checks that a write says truly how it ended, for each way
// in which the store can end it. What names the write, and isAfter says whether an
// item is in a state that it leads to.
func MustHaveThreeOutcomes[T any](t *testing.T, what string, anothers *T, version func(*T) *int64, write func(save.Store[T]) save.Result[T], isAfter func(*T) bool) {
	t.Helper()
	for _, s := range []*Shelf[T]{
		{Outcome: save.Saved},
		{Outcome: save.Lost, Stored: anothers},
		{Outcome: save.Lost}, // gone
		{Outcome: save.Unknown},
		{Outcome: save.Unknown, Acts: true},
	} {
		s.Version = version
		w := write(s)
		ok := w.Kind == s.Outcome
		switch w.Kind {
		case save.Saved:
			ok = ok && isAfter(w.Stored) && w.Err == nil
		case save.Lost:
			ok = ok && w.Stored == s.Stored && w.Err == nil
		case save.Unknown:
			ok = ok && w.Stored == nil && w.Err != nil
		}
		if !ok {
			t.Errorf("%s: %+v, want kind %d", what, w, s.Outcome)
		}
	}
}
