package schedule_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/opgrants/opgrants/internal/schedule"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

var errStore = errors.New("the store does not answer")

// A world is a calendar, a breaker store and the wallets' hosts, in memory, with
// a clock of its own.
type world struct {
	mu       sync.Mutex
	now      time.Time
	due      map[string]time.Time
	host     map[string]string
	breakers map[string]schedule.Breaker
	fails    map[string]bool          // hosts that do not answer
	asks     map[string]time.Duration // and the Retry-After of those that answer 429
	broken   bool                     // the store does not answer
	calls    map[string][]time.Time   // of each host
	done     map[string]int           // of each item
	moves    int
	crash    func(step string) // called before each step; nil: nothing
}

func newWorld() *world {
	return &world{now: start, due: map[string]time.Time{}, host: map[string]string{}, breakers: map[string]schedule.Breaker{},
		fails: map[string]bool{}, asks: map[string]time.Duration{}, calls: map[string][]time.Time{}, done: map[string]int{}}
}

// add makes n items of a host due at a time.
func (w *world) add(host string, n int, due time.Time) {
	for range n {
		id := strconv.Itoa(len(w.due))
		w.due[id], w.host[id] = due, host
	}
}

func (w *world) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) step(name string) {
	if w.crash != nil {
		w.crash(name)
	}
}

func (w *world) Shards() []string { return []string{"0", "1"} }

func (w *world) Due(_ context.Context, shard string, now time.Time, limit int) ([]schedule.Entry, error) {
	w.step("due")
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken {
		return nil, errStore
	}
	var entries []schedule.Entry
	for id, due := range w.due {
		n, _ := strconv.Atoi(id)
		if strconv.Itoa(n%2) == shard && !due.After(now) {
			entries = append(entries, schedule.Entry{ID: id, Due: due})
		}
	}
	slices.SortFunc(entries, func(a, b schedule.Entry) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID))
	})
	return entries[:min(limit, len(entries))], nil
}

func (w *world) Move(_ context.Context, e schedule.Entry, to time.Time) (string, bool, error) {
	w.step("move")
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken {
		return "", false, errStore
	}
	if due, ok := w.due[e.ID]; !ok || !due.Equal(e.Due) {
		return "", false, nil
	}
	w.moves++
	w.due[e.ID] = to
	return w.host[e.ID], true, nil
}

func (w *world) Breaker(_ context.Context, host string) (*schedule.Breaker, error) {
	w.step("read breaker")
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken {
		return nil, errStore
	}
	b := w.breakers[host]
	b.Host = host
	return &b, nil
}

func (w *world) SaveBreaker(_ context.Context, b *schedule.Breaker, _ time.Time) error {
	w.step("save breaker")
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken {
		return errStore
	}
	if w.breakers[b.Host].Version != b.Version {
		return schedule.ErrConflict
	}
	b.Version++
	w.breakers[b.Host] = *b
	return nil
}

// Do renews an item, as a rotation does: it is due again in 20 days.
func (w *world) Do(_ context.Context, t schedule.Task) (schedule.Result, time.Duration) {
	w.step("do")
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken {
		return schedule.StoreFailed, 0
	}
	if w.due[t.ID].UnixMilli() != t.Due {
		return schedule.Void, 0
	}
	w.calls[t.Host] = append(w.calls[t.Host], w.now)
	if w.fails[t.Host] {
		w.due[t.ID] = w.now.Add(time.Hour)
		return schedule.HostFailed, w.asks[t.Host]
	}
	w.done[t.ID]++
	w.due[t.ID] = w.now.Add(20 * 24 * time.Hour)
	return schedule.Done, 0
}

// A list is a queue that keeps tasks until the test gives them to a worker.
type list struct {
	mu    sync.Mutex
	tasks []schedule.Task
	room  int
	take  int // of a Send; -1: all
	err   error
}

func (l *list) Room(context.Context) (int, error) { return l.room, nil }

func (l *list) Send(_ context.Context, tasks []schedule.Task) ([]schedule.Task, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return nil, l.err
	}
	n := len(tasks)
	if l.take >= 0 {
		n = min(n, l.take)
	}
	l.tasks = append(l.tasks, tasks[:n]...)
	return tasks[n:], nil
}

// empty takes the tasks off the list.
func (l *list) empty() []schedule.Task {
	l.mu.Lock()
	defer l.mu.Unlock()
	tasks := l.tasks
	l.tasks = nil
	return tasks
}

func (w *world) planner(q schedule.Queue) *schedule.Planner {
	return &schedule.Planner{Calendar: w, Queue: q, Now: w.Now, Breakers: &schedule.Breakers{Store: w, Now: w.Now}}
}

func (w *world) worker() *schedule.Worker {
	return &schedule.Worker{Doer: w, Breakers: &schedule.Breakers{Store: w, Now: w.Now}}
}
