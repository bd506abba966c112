package schedule_test

import (
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/schedule"
)

// minutes lets the planner run each minute, and a worker do all tasks.
func (w *world) minutes(t *testing.T, n int) {
	t.Helper()
	q := &list{room: 1_000_000, take: -1}
	planner, worker := w.planner(q), w.worker()
	for range n {
		if _, err := planner.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, task := range q.empty() {
			worker.Work(t.Context(), task)
		}
		w.pass(time.Minute)
	}
}

func TestADeadHostIsAskedSeldomAndTheOthersDoNotNotice(t *testing.T) {
	w := newWorld()
	w.fails["dead.example"] = true
	for i := range 7 * 24 * 6 { // each ten minutes one more of both is due
		due := start.Add(time.Duration(i) * 10 * time.Minute)
		w.add("dead.example", 1, due)
		w.add("well.example", 1, due)
	}
	w.minutes(t, 7*24*60)
	if n := len(w.calls["dead.example"]); n > 3+8+7*24 {
		t.Errorf("the dead host was asked %d times in a week", n)
	}
	for i, at := range w.calls["well.example"] {
		if due := start.Add(time.Duration(i) * 10 * time.Minute); at.Sub(due) > 0 {
			t.Fatalf("item %d of the other host was late by %v", i, at.Sub(due))
		}
	}
	if n := len(w.calls["well.example"]); n != 7*24*6 {
		t.Errorf("the other host was asked %d times", n)
	}
	// It comes back: within 25 hours, all of its items are done.
	w.fails["dead.example"] = false
	w.minutes(t, 25*60)
	for id, host := range w.host {
		if host == "dead.example" && w.done[id] != 1 {
			t.Errorf("item %s was done %d times", id, w.done[id])
		}
	}
}

func TestFailuresThatAreNotInARowOpenNothing(t *testing.T) {
	w := newWorld()
	b := &schedule.Breakers{Store: w, Now: w.Now}
	for range 10 {
		for range 2 {
			if opened, err := b.Fail(t.Context(), "a.example", 0); opened || err != nil {
				t.Fatal(opened, err)
			}
		}
		if closed, err := b.Succeed(t.Context(), "a.example"); closed || err != nil {
			t.Fatal(closed, err)
		}
	}
}

func TestARetryAfterIsFollowed(t *testing.T) {
	w := newWorld()
	b := &schedule.Breakers{Store: w, Now: w.Now}
	if opened, err := b.Fail(t.Context(), "a.example", 2*time.Hour); !opened || err != nil {
		t.Fatal(opened, err)
	}
	w.pass(2*time.Hour - time.Second)
	if ok, err := b.TakeProbe(t.Context(), "a.example"); ok || err != nil {
		t.Errorf("a probe before the Retry-After was over (%v)", err)
	}
	w.pass(time.Second)
	if ok, err := b.TakeProbe(t.Context(), "a.example"); !ok || err != nil {
		t.Errorf("no probe after the Retry-After (%v)", err)
	}
}

func TestOneOfManyMayProbe(t *testing.T) {
	w := newWorld()
	first := &schedule.Breakers{Store: w, Now: w.Now}
	for range 3 {
		if _, err := first.Fail(t.Context(), "a.example", 0); err != nil {
			t.Fatal(err)
		}
	}
	for pause := range 5 {
		w.pass(time.Hour)
		var mu sync.Mutex
		var all sync.WaitGroup
		probes := 0
		for range 16 {
			all.Go(func() {
				b := &schedule.Breakers{Store: w, Now: w.Now}
				ok, err := b.TakeProbe(t.Context(), "a.example")
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if ok {
					probes++
				}
			})
		}
		all.Wait()
		if probes != 1 {
			t.Errorf("pause %d: %d may probe", pause, probes)
		}
	}
}

// TestHealthyHostsCostNoWrites: a breaker is written when a host begins or stops
// to fail, not for each task.
func TestHealthyHostsCostNoWrites(t *testing.T) {
	w := newWorld()
	w.add("a.example", 1000, start)
	writes := 0
	w.crash = func(step string) {
		if step == "save breaker" {
			writes++
		}
	}
	w.minutes(t, 2)
	if writes != 0 || len(w.done) != 1000 {
		t.Errorf("%d writes, %d done", writes, len(w.done))
	}
}

func TestALostBreakerIsFoundOutAgain(t *testing.T) {
	w := newWorld()
	w.fails["dead.example"] = true
	w.add("dead.example", 100, start)
	for range 4 {
		w.minutes(t, 60)
		w.mu.Lock()
		clear(w.breakers)
		w.mu.Unlock()
	}
	if n := len(w.calls["dead.example"]); n == 0 || n > 150 {
		t.Errorf("the dead host was asked %d times", n)
	}
	w.fails["dead.example"] = false
	w.minutes(t, 25*60)
	if len(w.done) != 100 {
		t.Errorf("%d items were done in the end", len(w.done))
	}
}

// TestAWorkerLeavesAHostAloneThatFailedMeanwhile: tasks may have waited.
func TestAWorkerLeavesAHostAloneThatFailedMeanwhile(t *testing.T) {
	w, q := newWorld(), &list{room: 100, take: -1}
	w.fails["dead.example"] = true
	w.add("dead.example", 50, start)
	if _, err := w.planner(q).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	worker := w.worker()
	for _, task := range q.empty() {
		worker.Work(t.Context(), task)
	}
	if n := len(w.calls["dead.example"]); n != 3 {
		t.Errorf("the host was asked %d times, want 3", n)
	}
}
