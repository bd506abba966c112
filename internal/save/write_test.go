package save

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

type item struct {
	id, content string
	version     int64
}

// script is a store that answers each call as planned, and then fails.
type script struct {
	calls   []string
	answers []error
	stored  *item // for Get; nil: not found
}

func (s *script) answer(call string) error {
	s.calls = append(s.calls, call)
	if len(s.answers) == 0 {
		return errors.New("cannot be reached")
	}
	err := s.answers[0]
	s.answers = s.answers[1:]
	return err
}

func (s *script) Create(context.Context, *item) error { return s.answer("create") }
func (s *script) Update(context.Context, *item) error { return s.answer("update") }
func (s *script) Get(context.Context, string) (*item, error) {
	if err := s.answer("get"); err != nil {
		return nil, err
	}
	if s.stored == nil {
		return nil, ErrNotFound
	}
	return s.stored, nil
}

func write(ctx context.Context, s Store[item], it *item) Result[item] {
	return Writer[item]{
		Store:   s,
		ID:      func(it *item) string { return it.id },
		IsNew:   func(it *item) bool { return it.version == 0 },
		Content: func(it *item) []byte { return []byte(it.content) },
		Sleep: func(ctx context.Context, d time.Duration) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(d):
				return nil
			}
		},
	}.Write(ctx, it, 2*time.Second)
}

func TestAWriteIsSavedLostOrUnknown(t *testing.T) {
	ours, others := &item{id: "x", content: "ours", version: 2}, &item{id: "x", content: "another's", version: 3}
	same := &item{id: "x", content: "ours", version: 3}
	down := errors.New("cannot be reached")
	for name, c := range map[string]struct {
		answers []error
		stored  *item // what a read finds
		isNew   bool
		want    Kind
		has     *item
		calls   string
	}{
		"saved at once":                  {answers: []error{nil}, want: Saved, has: ours, calls: "update"},
		"saved at the third try":         {answers: []error{down, down, nil}, want: Saved, has: ours, calls: "update update update"},
		"created":                        {answers: []error{nil}, isNew: true, want: Saved, calls: "create"},
		"lost":                           {answers: []error{&ConflictError[item]{Stored: others}}, want: Lost, has: others, calls: "update"},
		"lost, and it is read":           {answers: []error{ErrConflict, nil}, stored: others, want: Lost, has: others, calls: "update get"},
		"lost, and the read must repeat": {answers: []error{ErrConflict, down, ErrConflict, nil}, stored: others, want: Lost, has: others, calls: "update get update get"},
		"deleted":                        {answers: []error{&ConflictError[item]{}, nil}, want: Lost, calls: "update get"},
		"taken":                          {answers: []error{&ExistsError[item]{Stored: others}}, isNew: true, want: Lost, has: others, calls: "create"},
		"saved, and the answer was lost": {answers: []error{down, &ConflictError[item]{Stored: same}}, want: Saved, has: same, calls: "update update"},
		"created, and the answer lost":   {answers: []error{down, &ExistsError[item]{Stored: same}}, isNew: true, want: Saved, has: same, calls: "create create"},
		"an update is no creation":       {answers: []error{&ExistsError[item]{Stored: others}, nil}, want: Saved, has: ours, calls: "update update"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				s, it := &script{answers: c.answers, stored: c.stored}, *ours
				if c.isNew {
					it.version = 0
				}
				got := write(ctx, s, &it)
				if got.Kind != c.want || got.Err != nil || strings.Join(s.calls, " ") != c.calls {
					t.Errorf("got %+v after %v", got, s.calls)
				}
				if c.has != nil && (got.Stored == nil || *got.Stored != *c.has) || c.want == Lost && c.has == nil && got.Stored != nil {
					t.Errorf("stored is %+v, want %+v", got.Stored, c.has)
				}
			})
		})
	}
}

// TestAStoreThatCannotBeReachedIsUnknownInTime: within the limit, also if the client
// has gone, and within the deadline of the operation.
func TestAStoreThatCannotBeReachedIsUnknownInTime(t *testing.T) {
	for name, c := range map[string]struct{ left, want time.Duration }{
		"the limit":    {time.Minute, 2 * time.Second},
		"the deadline": {time.Second, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), c.left)
				gone, leave := context.WithCancel(ctx)
				leave()
				defer cancel()
				began, s := time.Now(), &script{}
				got := write(gone, s, &item{id: "x", version: 1})
				if got.Kind != Unknown || got.Err == nil || got.Stored != nil || len(s.calls) < 4 {
					t.Errorf("got %+v after %v", got, s.calls)
				}
				if took := time.Since(began); took != c.want {
					t.Errorf("it took %v, want %v", took, c.want)
				}
			})
		})
	}
}

func TestWithoutADeadlineNothingIsWrittenOrRead(t *testing.T) {
	s := &script{answers: []error{nil, nil, nil}}
	b := Bounded[item](s)
	_, read := b.Get(t.Context(), "x")
	for i, err := range []error{read, b.Create(t.Context(), &item{}), b.Update(t.Context(), &item{}), write(t.Context(), b, &item{version: 1}).Err} {
		if !errors.Is(err, ErrNoDeadline) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if !slices.Equal(s.calls, nil) {
		t.Errorf("the store was called: %v", s.calls)
	}
}
