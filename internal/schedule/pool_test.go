package schedule_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opgrants/opgrants/internal/schedule"
)

// slowly does tasks after a time that depends on their host.
type slowly struct {
	mu      sync.Mutex
	takes   map[string]time.Duration
	running map[string]int
	most    map[string]int
	done    map[string]time.Time // the last of a host
	n       map[string]int
}

func (s *slowly) Do(_ context.Context, t schedule.Task) (schedule.Result, time.Duration) {
	s.mu.Lock()
	s.running[t.Host]++
	s.most[t.Host] = max(s.most[t.Host], s.running[t.Host])
	s.mu.Unlock()
	time.Sleep(s.takes[t.Host])
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running[t.Host]--
	s.n[t.Host]++
	s.done[t.Host] = time.Now()
	return schedule.Done, 0
}

func newSlowly(takes map[string]time.Duration) *slowly {
	return &slowly{takes: takes, running: map[string]int{}, most: map[string]int{}, done: map[string]time.Time{}, n: map[string]int{}}
}

func pool(s *slowly) *schedule.Pool {
	return &schedule.Pool{Worker: &schedule.Worker{Doer: s, Breakers: &schedule.Breakers{Store: newWorld()}},
		Workers: 8, PerHost: 2, Capacity: 200}
}

func tasks(host string, n int) []schedule.Task {
	list := make([]schedule.Task, n)
	for i := range list {
		list[i] = schedule.Task{Host: host}
	}
	return list
}

func TestASlowHostDelaysOnlyItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlowly(map[string]time.Duration{"slow.example": 10 * time.Second, "quick.example": 10 * time.Millisecond})
		p := pool(s)
		began := time.Now()
		for _, batch := range [][]schedule.Task{tasks("slow.example", 100), tasks("quick.example", 50)} {
			if refused, err := p.Send(t.Context(), batch); len(refused) > 0 || err != nil {
				t.Fatal(len(refused), err)
			}
		}
		ctx, stop := context.WithCancel(t.Context())
		var ended sync.WaitGroup
		ended.Go(func() { p.Run(ctx) })
		time.Sleep(time.Second)
		s.mu.Lock()
		if s.n["quick.example"] != 50 || s.done["quick.example"].Sub(began) > 260*time.Millisecond {
			t.Errorf("%d of the quick host after %v", s.n["quick.example"], s.done["quick.example"].Sub(began))
		}
		s.mu.Unlock()
		stop()
		ended.Wait()
		if s.most["slow.example"] != 2 || s.most["quick.example"] != 2 {
			t.Errorf("at most %v were under way", s.most)
		}
		if s.running["slow.example"] != 0 || s.n["slow.example"] != 2 {
			t.Errorf("a pool that stops leaves %d under way, after %d", s.running["slow.example"], s.n["slow.example"])
		}
	})
}

func TestOneHostDoesNotFillTheQueue(t *testing.T) {
	p := pool(newSlowly(nil))
	refused, err := p.Send(t.Context(), tasks("big.example", 500))
	if err != nil || len(refused) != 400 {
		t.Errorf("%d were refused, want 400 (%v)", len(refused), err)
	}
	if room, _ := p.Room(t.Context()); room != 100 {
		t.Errorf("room for %d, want 100", room)
	}
	if refused, _ = p.Send(t.Context(), tasks("other.example", 100)); len(refused) != 0 {
		t.Errorf("%d of the other host were refused", len(refused))
	}
}

func TestAPoolDoesAllThatItTook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlowly(map[string]time.Duration{"a": time.Second, "b": 2 * time.Second, "c": 3 * time.Second})
		p := pool(s)
		ctx, stop := context.WithCancel(t.Context())
		var ended sync.WaitGroup
		ended.Go(func() { p.Run(ctx) })
		for range 5 {
			for _, host := range []string{"a", "b", "c"} {
				if refused, err := p.Send(t.Context(), tasks(host, 10)); len(refused) > 0 || err != nil {
					t.Error(len(refused), err)
				}
			}
			time.Sleep(20 * time.Second)
		}
		stop()
		ended.Wait()
		if room, _ := p.Room(t.Context()); room != 200 || s.n["a"] != 50 || s.n["b"] != 50 || s.n["c"] != 50 {
			t.Errorf("room %d, done %v", room, s.n)
		}
	})
}
