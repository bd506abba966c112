package simulate

import (
	"context"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/schedule"
)

const (
	length          = 60 * 24 * time.Hour
	workerProcesses = 10
	tasksPerMinute  = workerProcesses * 10 * 60 * 2 // ten tasks at once each, half a second for each
)

// queue is a queue whose workers run between two planner runs.
type queue struct{ tasks []schedule.Task }

func (q *queue) Room(context.Context) (int, error) { return 2*tasksPerMinute - len(q.tasks), nil }

func (q *queue) Send(_ context.Context, tasks []schedule.Task) ([]schedule.Task, error) {
	q.tasks = append(q.tasks, tasks...)
	return nil, nil
}

// oneShard is the world for a planner of one shard, so that the world has one
// caller at a time.
type oneShard struct {
	*world
	shard string
}

func (o oneShard) Shards() []string { return []string{o.shard} }

// TestNoConsentIsLost in 60 days, with a hundredth of the hosts silent for a
// week, half of the grants at one host, and six hours without a store.
func TestNoConsentIsLost(t *testing.T) {
	n, hosts := 100_000, 1000
	if s := os.Getenv("SIMULATE_GRANTS"); s != "" {
		var err error
		if n, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
		hosts = 10_000
	}
	w := newWorld(n, hosts, length)
	began := w.clock
	for h := 1; h <= hosts/100; h++ {
		from := began + 15*24*time.Hour + time.Duration(h%7)*time.Hour
		w.silent[h] = span{from, from + 7*24*time.Hour}
	}
	w.outage = span{began + 40*24*time.Hour, began + 40*24*time.Hour + 6*time.Hour}
	w.run(t, began+length)
	w.print(t.Output(), length)

	for id, made := range w.made {
		if age := w.clock - time.Duration(made)*time.Second; age > 21*24*time.Hour {
			t.Fatalf("the token of grant %d is %v old", id, age)
		}
	}
	if w.report.lost > 0 {
		t.Errorf("%d consents were lost", w.report.lost)
	}
	if w.report.latest > time.Minute {
		t.Errorf("a rotation at a wallet that answers was %v late", w.report.latest)
	}
	if most := hosts / 100 * (7*24 + 20); w.report.deadCalls > most {
		t.Errorf("wallets that do not answer were called %d times, at most %d were to be", w.report.deadCalls, most)
	}
}

// TestOneDeadHostOfAHundred for a week delays nobody else, and keeps its grants.
func TestOneDeadHostOfAHundred(t *testing.T) {
	const hosts, dead = 100, 7
	w := newWorld(50_000, hosts, length)
	from := w.clock + 10*24*time.Hour
	w.silent[dead] = span{from, from + 7*24*time.Hour}
	w.run(t, w.clock+length)
	w.print(t.Output(), length)
	if w.report.latest > time.Minute || w.report.lost > 0 {
		t.Errorf("a rotation at another host was %v late; %d consents were lost", w.report.latest, w.report.lost)
	}
	theirs := 0
	for id, made := range w.made {
		if w.host[id] != dead {
			continue
		}
		theirs++
		if age := w.clock - time.Duration(made)*time.Second; age > 21*24*time.Hour {
			t.Fatalf("the token of grant %d, of the dead host, is %v old", id, age)
		}
	}
	if most := 7*24 + 20; w.report.deadCalls > most || theirs < 100 {
		t.Errorf("the dead host was called %d times; it has %d grants", w.report.deadCalls, theirs)
	}
}

func (w *world) run(t *testing.T, end time.Duration) {
	t.Helper()
	q := &queue{}
	breakers := &schedule.Breakers{Store: w, Now: w.now}
	// Each worker is a process of its own, and reads the breakers for itself.
	workers := make([]*schedule.Worker, workerProcesses)
	for i := range workers {
		workers[i] = &schedule.Worker{Doer: w, Breakers: &schedule.Breakers{Store: w, Now: w.now}}
	}
	for ; w.clock < end; w.clock += time.Minute {
		w.costs.runs++
		for _, shard := range w.Shards() {
			p := &schedule.Planner{Calendar: oneShard{w, shard}, Queue: q, Breakers: breakers, Now: w.now, Parallel: 1,
				Spread: func() float64 { return float64(w.random()%1000) / 1000 }}
			if _, err := p.Run(t.Context()); err != nil && !w.outage.has(w.clock) {
				t.Fatal(err)
			}
		}
		n := min(len(q.tasks), tasksPerMinute)
		for i, task := range q.tasks[:n] {
			workers[i%workerProcesses].Work(t.Context(), task)
		}
		q.tasks = append(q.tasks[:0], q.tasks[n:]...)
		w.report.endMinute()
	}
}

// TestAnIdleStackIsCheap: a run each minute that finds nothing.
func TestAnIdleStackIsCheap(t *testing.T) {
	runs := minutesPerMonth
	c := costs{runs: runs, queries: runs * queriesPerRun}
	b := c.monthly(30 * 24 * time.Hour)
	if b.total()-b.sqs > 0.25 {
		t.Errorf("a run each minute costs %.2f USD a month", b.total()-b.sqs)
	}
	if b.total() > 0.50 {
		t.Errorf("with the queue it costs %.2f USD a month", b.total())
	}
	t.Logf("an idle stack: %.2f USD a month, %.2f of it the queue", b.total(), b.sqs)
}
