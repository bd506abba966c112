package keeping_test

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/keeping"
	"github.com/opgrants/opgrants/internal/schedule"
	"github.com/opgrants/opgrants/internal/store/bolt"
	"github.com/opgrants/opgrants/pkg/opclient"
)

func open(t *testing.T) (context.Context, *bolt.Store) {
	t.Helper()
	s, err := bolt.Open(filepath.Join(t.TempDir(), "grants.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx, s
}

func TestABreakerIsSavedByWhoHasReadItLast(t *testing.T) {
	ctx, file := open(t)
	s := keeping.NewBreakerStore(bolt.Of(file.File, keeping.Breakers))
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for _, host := range []string{"auth.wallet.example:8443", ""} {
		first, err := s.Breaker(ctx, host)
		if err != nil || *first != (schedule.Breaker{Host: host}) {
			t.Fatalf("%+v, %v", first, err)
		}
		other := *first
		first.Failures, first.Opened, first.Probe = 3, now, now.Add(time.Minute)
		if err := s.SaveBreaker(ctx, first, now.Add(time.Hour)); err != nil || first.Version != 1 {
			t.Fatalf("%+v, %v", first, err)
		}
		if err := s.SaveBreaker(ctx, &other, now); !errors.Is(err, schedule.ErrConflict) {
			t.Errorf("made twice: %v", err)
		}
		second, err := s.Breaker(ctx, host)
		if err != nil || *second != *first {
			t.Errorf("read back as %+v, %v, want %+v", second, err, first)
		}
		older := *second
		second.Failures, second.Opened, second.Probe = 0, time.Time{}, time.Time{}
		if err := s.SaveBreaker(ctx, second, now.Add(time.Hour)); err != nil || second.Version != 2 {
			t.Errorf("%+v, %v", second, err)
		}
		if err := s.SaveBreaker(ctx, &older, now); !errors.Is(err, schedule.ErrConflict) {
			t.Errorf("an older one: %v", err)
		}
	}
	gone := &schedule.Breaker{Host: "gone.example", Version: 7}
	if err := s.SaveBreaker(ctx, gone, now); !errors.Is(err, schedule.ErrConflict) {
		t.Errorf("one that is gone: %v", err)
	}
}

// A breaker whose item is lost from the store is made anew by the next failure.
func TestABreakerThatIsLostIsMadeAnew(t *testing.T) {
	ctx, file := open(t)
	_, empty := open(t)
	items := &swapped{BreakerItems: bolt.Of(file.File, keeping.Breakers)}
	breakers := &schedule.Breakers{Store: keeping.NewBreakerStore(items)}
	const host = "auth.wallet.example"
	if _, err := breakers.Fail(ctx, host, 0); err != nil {
		t.Fatal(err)
	}
	items.BreakerItems = bolt.Of(empty.File, keeping.Breakers)
	for i := range 3 {
		opened, err := breakers.Fail(ctx, host, 0)
		if err != nil || opened != (i == 2) {
			t.Fatalf("failure %d: opened %v, %v", i+1, opened, err)
		}
	}
}

type swapped struct{ keeping.BreakerItems }

func TestACalendarMovesAGrantAndTellsItsHost(t *testing.T) {
	ctx, s := open(t)
	c := &keeping.Calendar{Grants: s}
	at := time.UnixMilli(1795348800000)
	it := &grant.Item{ID: "a", GrantEndpoint: "https://auth.wallet.example/x", Shard: "3", Due: grant.At(at)}
	if err := s.Create(ctx, it); err != nil {
		t.Fatal(err)
	}
	due, err := c.Due(ctx, "3", at, 10)
	if err != nil || len(due) != 1 || due[0].ID != "a" || !due[0].Due.Equal(at) {
		t.Fatalf("%v, %v", due, err)
	}
	for i, want := range []bool{true, false} {
		host, ok, err := c.Move(ctx, due[0], at.Add(time.Hour))
		if err != nil || ok != want || (host == "auth.wallet.example") != want {
			t.Errorf("move %d: %q, %v, %v", i+1, host, ok, err)
		}
	}
	for _, shard := range c.Shards() {
		if shard == grant.ShardGivenUp {
			t.Error("the planner reads what was given up")
		}
	}
}

// A walletFunc rotates a token.
type walletFunc func() (*opclient.Token, error)

func TestADoerTellsWhatBecameOfATask(t *testing.T) {
	ctx, s := open(t)
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for i, c := range []struct {
		err   error
		want  schedule.Result
		after time.Duration
		late  bool
	}{
		{want: schedule.Done},
		{want: schedule.Void, late: true},
		{err: &opclient.Error{Status: 404, Code: "invalid_rotation", Err: opclient.ErrRefused}, want: schedule.ItemFailed},
		{err: &opclient.Error{Status: 429, RetryAfter: 90 * time.Second, Err: opclient.ErrRefused}, want: schedule.HostFailed, after: 90 * time.Second},
		{err: &grant.Error{Code: grant.CodeKeyMissing}, want: schedule.StoreFailed},
	} {
		it := &grant.Item{ID: strconv.Itoa(i), Status: grant.Granted, Claimed: true, Recurs: true, GrantEndpoint: "https://auth.wallet.example/",
			Token: "t", ManageURI: "https://auth.wallet.example/token/1", TokenMade: grant.At(now.Add(-20 * 24 * time.Hour)),
			TokenExpires: grant.At(now.Add(-19 * 24 * time.Hour)), Shard: "3", Due: grant.At(now)}
		if err := s.Create(ctx, it); err != nil {
			t.Fatal(err)
		}
		rotate := walletFunc(func() (*opclient.Token, error) {
			return &opclient.Token{Value: "new", Manage: it.ManageURI, ExpiresAt: now.Add(time.Hour)}, c.err
		})
		tally := &keeping.Tally{}
		d := &keeping.Doer{Tally: tally, Grants: &grant.Service{Store: s, Server: &rotating{rotate: rotate}, Now: func() time.Time { return now }}}
		task := schedule.Task{ID: it.ID, Due: int64(it.Due)}
		if c.late {
			task.Due--
		}
		if got, after := d.Do(ctx, task); got != c.want || after != c.after {
			t.Errorf("%v: %d after %s, want %d after %s", c.err, got, after, c.want, c.after)
		}
		want := keeping.Report{}
		switch {
		case c.want == schedule.Done:
			want.Kept = 1
		case c.err != nil:
			want.Failed = 1
		}
		if got := tally.Take(); got != want {
			t.Errorf("%v: counted %+v, want %+v", c.err, got, want)
		}
	}
}

// rotating is a wallet that is asked for nothing else.
type rotating struct {
	grant.AuthorizationServer
	rotate walletFunc
}

func (r *rotating) Rotate(context.Context, *opclient.Token) (*opclient.Token, error) {
	return r.rotate()
}

func TestAPlaceThatNoPageHasNamedIsRefused(t *testing.T) {
	ctx, s := open(t)
	o := &keeping.Operator{Store: s}
	for _, next := range []string{"x", "5", "5.", ".id", "x.id"} {
		if _, err := o.List(ctx, next, 10); !errors.Is(err, keeping.ErrBadPage) {
			t.Errorf("%q: %v", next, err)
		}
	}
	if page, err := o.List(ctx, "", 10); err != nil || page.Grants == nil || len(page.Grants) != 0 || page.Next != "" {
		t.Errorf("%+v, %v", page, err)
	}
}
