package schedule_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/schedule"
)

func TestEachDueItemIsHandedOutOnceByManyPlanners(t *testing.T) {
	w, q := newWorld(), &list{room: 10_000, take: -1}
	w.add("a.example", 500, start)
	w.add("b.example", 500, start.Add(-time.Hour))
	w.add("b.example", 10, start.Add(time.Minute)) // not due yet
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := w.planner(q).Run(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	seen := map[string]bool{}
	for _, task := range q.empty() {
		if seen[task.ID] {
			t.Errorf("item %s was handed out twice", task.ID)
		}
		seen[task.ID] = true
	}
	if len(seen) != 1000 || w.moves != 1000 {
		t.Errorf("%d items were handed out with %d writes, want 1000 and 1000", len(seen), w.moves)
	}
}

func TestAPlanSaysWhatWasHandedOut(t *testing.T) {
	w, q := newWorld(), &list{room: 1000, take: -1}
	w.add("a.example", 300, start.Add(-3*time.Hour))
	plan, err := w.planner(q).Run(t.Context())
	if err != nil || plan.HandedOut != 300 || plan.Oldest != 3*time.Hour || plan.Left {
		t.Errorf("got %+v, %v", plan, err)
	}
	if plan, err = w.planner(q).Run(t.Context()); err != nil || plan != (schedule.Plan{}) {
		t.Errorf("a second run got %+v, %v", plan, err)
	}
}

func TestALostTaskIsHandedOutAgain(t *testing.T) {
	w, q := newWorld(), &list{room: 10, take: -1}
	w.add("a.example", 1, start)
	for range 3 {
		if plan, err := w.planner(q).Run(t.Context()); err != nil || plan.HandedOut != 1 {
			t.Fatalf("got %+v, %v", plan, err)
		}
		w.pass(time.Hour)
	}
	// Of the three tasks only the last one is not void.
	var results []schedule.Result
	for _, task := range q.empty() {
		results = append(results, w.worker().Work(t.Context(), task))
	}
	if results[0] != schedule.Void || results[1] != schedule.Void || results[2] != schedule.Done || w.done["0"] != 1 {
		t.Errorf("results %v, done %d times", results, w.done["0"])
	}
}

func TestATaskThatIsDeliveredTwiceIsDoneOnce(t *testing.T) {
	w, q := newWorld(), &list{room: 10, take: -1}
	w.add("a.example", 1, start)
	if _, err := w.planner(q).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	task := q.empty()[0]
	first, second := w.worker().Work(t.Context(), task), w.worker().Work(t.Context(), task)
	if first != schedule.Done || second != schedule.Void || len(w.calls["a.example"]) != 1 {
		t.Errorf("results %v and %v, %d calls", first, second, len(w.calls["a.example"]))
	}
}

func TestNoMoreIsHandedOutThanTheQueueHasRoomFor(t *testing.T) {
	w, q := newWorld(), &list{room: 25, take: -1}
	w.add("a.example", 100, start)
	plan, err := w.planner(q).Run(t.Context())
	if err != nil || plan.HandedOut != 25 || !plan.Left || w.moves != 25 {
		t.Errorf("got %+v with %d writes, %v", plan, w.moves, err)
	}
}

func TestWhatTheQueueRefusesIsDueAtOnce(t *testing.T) {
	w, q := newWorld(), &list{room: 100, take: 3}
	w.add("a.example", 10, start)
	plan, err := w.planner(q).Run(t.Context())
	if err != nil || !plan.Left {
		t.Fatalf("got %+v, %v", plan, err)
	}
	handed := len(q.empty())
	q.take = -1
	if plan, err = w.planner(q).Run(t.Context()); err != nil || plan.HandedOut != 10-handed {
		t.Errorf("then %+v, %v, after %d", plan, err, handed)
	}
}

// TestNothingIsLostWhenAPlannerCrashes at any of its steps.
func TestNothingIsLostWhenAPlannerCrashes(t *testing.T) {
	for _, step := range []string{"due", "move", "read breaker", "send"} {
		for n := range 5 {
			w, q := newWorld(), &list{room: 100, take: -1}
			w.add("a.example", 6, start)
			var count atomic.Int32 // shards are planned at once
			w.crash = func(at string) {
				if at == step {
					if int(count.Add(1)) > n {
						w.mu.Lock()
						w.broken = true
						w.mu.Unlock()
					}
				}
			}
			if step == "send" {
				q.err = errors.New("the queue does not answer")
			}
			if _, err := w.planner(q).Run(t.Context()); err == nil && int(count.Load()) > n {
				t.Errorf("%s %d: the crash was not reported", step, n)
			}
			w.crash, w.broken, q.err = nil, false, nil
			for range 3 {
				for _, task := range q.empty() {
					w.worker().Work(t.Context(), task)
				}
				w.pass(time.Hour)
				if _, err := w.planner(q).Run(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			for id := range w.due {
				if w.done[id] != 1 {
					t.Errorf("crash at %s %d: item %s was done %d times", step, n, id, w.done[id])
				}
			}
		}
	}
}
