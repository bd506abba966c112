package keepingtest_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/keeping"
	"github.com/opgrants/opgrants/internal/schedule"
	"github.com/opgrants/opgrants/test/keepingtest"
)

// The faults of the schedule, with a real store, real grants and a wallet.

// A rotation whose answer is lost cannot be repeated: the wallet has forgotten the
// old token, and nobody knows the new one. Such a grant ends, and its token with
// it. Every other crash loses nothing.
func TestACrashAtAnyCallLosesNoConsentButOfAnAnswer(t *testing.T) {
	for name, after := range map[string]bool{"before the call": false, "after the call": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			kept := []string{w.monthly(), w.monthly(), w.monthly()}
			for crash := 1; ; crash++ {
				w.later(20 * day)
				owed := w.monthly()
				w.owe(owed)
				p := &process{crash: crash, after: after}
				before, rotations := w.made(kept), w.wallet.Stats().Rotations
				_, err := w.run(p)
				unsaved := w.wallet.Stats().Rotations - rotations
				for i, made := range w.made(kept) {
					if made != before[i] {
						unsaved--
					}
				}
				if !p.isDead() {
					if err != nil || crash < 30 {
						t.Errorf("a run without a crash has %d calls: %v", p.calls, err)
					}
					break
				}
				w.recover(3 * time.Hour) // the lease, and what was handed out
				if unsaved == 1 {
					lost := slices.IndexFunc(kept, func(id string) bool { return w.item(id).Status == grant.Failed })
					if lost < 0 || w.item(kept[lost]).Failure.Code != grant.FailureTokenLost {
						t.Fatal("the grant whose new token was not saved has not ended")
					}
					kept[lost] = w.monthly()
				}
				if w.mustBeKept(kept); w.item(owed).Status != grant.Revoked {
					t.Errorf("an end that was owed is %s", w.item(owed).Status)
				}
				if t.Failed() {
					t.Fatalf("after a crash at call %d", crash)
				}
			}
		})
	}
}

// made are the times when the tokens of grants came.
func (w *world) made(ids []string) (times []grant.Instant) {
	for _, id := range ids {
		times = append(times, w.item(id).TokenMade)
	}
	return times
}

// owe asks to end a grant whose wallet cannot be reached now.
func (w *world) owe(id string) {
	w.t.Helper()
	if err := w.wallet.Down(); err != nil {
		w.t.Fatal(err)
	}
	_, _ = w.start(&process{}).Grants.Delete(w.t.Context(), "shop", id, false)
	if err := w.wallet.Up(); err != nil {
		w.t.Fatal(err)
	}
	if it := w.item(id); it.Ending != grant.Revoked {
		w.t.Fatalf("it is %s, ending %q", it.Status, it.Ending)
	}
	w.later(time.Hour)
}

// planned hands out what is due, and returns the tasks and a worker for them.
func (w *world) planned() ([]schedule.Task, *schedule.Worker, context.Context) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	w.t.Cleanup(cancel)
	s := w.start(&process{})
	breakers := &schedule.Breakers{Store: s.Breakers, Now: w.now}
	q := &keepingtest.Queue{}
	p := &schedule.Planner{Calendar: &keeping.Calendar{Grants: s.Calendar, Payments: s.Payments}, Queue: q, Breakers: breakers, Now: w.now}
	if _, err := p.Run(ctx); err != nil {
		w.t.Fatal(err)
	}
	return q.Take(), &schedule.Worker{Doer: &keeping.Doer{Grants: s.Grants, Payments: s.Follower}, Breakers: breakers}, ctx
}

func TestATaskThatIsDeliveredTwiceAndLateRotatesOnce(t *testing.T) {
	w := newWorld(t)
	kept := []string{w.monthly()}
	w.later(20 * day)
	tasks, worker, ctx := w.planned()
	if len(tasks) != 1 {
		t.Fatalf("%d tasks", len(tasks))
	}
	results := make([]schedule.Result, 8)
	var all sync.WaitGroup
	for i := range results {
		all.Go(func() { results[i] = worker.Work(ctx, tasks[0]) })
	}
	all.Wait()
	done := 0
	for _, r := range results {
		if r == schedule.Done {
			done++
		} else if r != schedule.Void {
			t.Errorf("a result is %d", r)
		}
	}
	if n := w.wallet.Stats().Rotations; done != 1 || n != 1 {
		t.Errorf("done %d times, %d rotations", done, n)
	}
	w.mustBeKept(kept)

	// Late: it was lost, was handed out again and done, and comes then.
	w.later(20 * day)
	late, _, _ := w.planned()
	w.later(2 * time.Hour)
	again, worker, ctx := w.planned()
	if r := worker.Work(ctx, late[0]); r != schedule.Void {
		t.Errorf("while the item is handed out again, the late task is %d", r)
	}
	if r := worker.Work(ctx, again[0]); r != schedule.Done {
		t.Errorf("the second task is %d", r)
	}
	for _, task := range []schedule.Task{late[0], again[0], tasks[0]} {
		if r := worker.Work(ctx, task); r != schedule.Void {
			t.Errorf("a late task is %d", r)
		}
	}
	if n := w.wallet.Stats().Rotations; n != 2 {
		t.Errorf("%d rotations", n)
	}
	w.mustBeKept(kept)
}

// A wallet that does not answer for a week keeps its grants, and is asked seldom,
// also when its circuit breaker is lost from the store each day.
func TestAWalletThatIsDownForAWeekKeepsItsGrants(t *testing.T) {
	for name, lost := range map[string]bool{"its breaker is kept": false, "its breaker is lost each day": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			var kept []string
			for range 40 {
				kept = append(kept, w.monthly())
			}
			w.later(19*day + 12*time.Hour)
			if err := w.wallet.Down(); err != nil {
				t.Fatal(err)
			}
			calls := 0
			for range 7 {
				for range 24 * 6 {
					w.later(10 * time.Minute)
					p := &process{}
					s := w.start(p)
					ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
					r, err := s.Run(ctx)
					cancel()
					if err != nil {
						t.Fatal(err)
					}
					calls += r.Failed
				}
				if lost {
					w.loseBreakers()
				}
			}
			t.Logf("it was called %d times", calls)
			if most := 7*24 + 20; calls > most && !lost || calls > 2*most || calls < 50 {
				t.Errorf("it was called %d times", calls)
			}
			if err := w.wallet.Up(); err != nil {
				t.Fatal(err)
			}
			w.recover(36 * time.Hour)
			w.mustBeKept(kept)
		})
	}
}

// loseBreakers deletes the circuit breakers from the data file.
func (w *world) loseBreakers() {
	w.t.Helper()
	if err := w.file.Close(); err != nil {
		w.t.Fatal(err)
	}
	db, err := bbolt.Open(w.path, 0o600, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		c := tx.Bucket([]byte("grants")).Cursor()
		prefix := []byte(keeping.Breakers.Prefix)
		n := 0
		for key, _ := c.Seek(prefix); key != nil && len(key) > len(prefix) && string(key[:len(prefix)]) == string(prefix); key, _ = c.Next() {
			n++
			if err := c.Delete(); err != nil {
				return err
			}
		}
		if n == 0 {
			w.t.Error("there is no breaker")
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.open()
}
