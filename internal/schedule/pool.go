package schedule

import (
	"context"
	"sync"
	"time"
)

const (
	defaultWorkers  = 32
	defaultPerHost  = 4
	defaultCapacity = 10_000
	defaultTurn     = time.Minute
)

// A Pool is the queue and the workers of one process. A host has at most PerHost
// tasks under way, and hosts take turns, so that a slow one delays only itself.
type Pool struct {
	Worker   *Worker
	Workers  int // tasks under way; 0: 32
	PerHost  int // tasks under way of one host; 0: 4
	Capacity int // tasks that wait; 0: 10,000. One host may have half of them

	Turn time.Duration // that one task may take; 0: 1 minute

	mu      sync.Mutex
	hosts   map[string]*hostTasks
	turns   []string // hosts with a task that may start
	waiting int
	wake    chan struct{} // closed when a task may start
}

// hostTasks are the tasks of one host.
type hostTasks struct {
	waiting []Task
	running int
	inTurns bool
}

func (p *Pool) capacity() int { return orDefault(p.Capacity, defaultCapacity) }

func orDefault(n, standard int) int {
	if n == 0 {
		return standard
	}
	return n
}

// Room is how many tasks more may wait.
func (p *Pool) Room(context.Context) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.capacity() - p.waiting, nil
}

// Send adds tasks. It refuses those of a host that has half of the capacity.
func (p *Pool) Send(_ context.Context, tasks []Task) (refused []Task, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range tasks {
		h := p.host(t.Host)
		if p.waiting >= p.capacity() || len(h.waiting) >= max(1, p.capacity()/2) {
			refused = append(refused, t)
			continue
		}
		h.waiting = append(h.waiting, t)
		p.waiting++
		p.queue(t.Host, h)
	}
	return refused, nil
}

func (p *Pool) host(name string) *hostTasks {
	if p.hosts == nil {
		p.hosts = make(map[string]*hostTasks)
	}
	h := p.hosts[name]
	if h == nil {
		h = &hostTasks{}
		p.hosts[name] = h
	}
	return h
}

// queue gives a host its turn if one of its tasks may start. Call it with mu
// held.
func (p *Pool) queue(name string, h *hostTasks) {
	if h.inTurns || len(h.waiting) == 0 || h.running >= orDefault(p.PerHost, defaultPerHost) {
		return
	}
	h.inTurns = true
	p.turns = append(p.turns, name)
	if p.wake != nil {
		close(p.wake)
		p.wake = nil
	}
}

// Run does tasks until ctx is done. It returns when the tasks that it has begun
// have ended; the items of the others are due again.
func (p *Pool) Run(ctx context.Context) {
	var workers sync.WaitGroup
	for range orDefault(p.Workers, defaultWorkers) {
		workers.Go(func() {
			for ctx.Err() == nil {
				t, wait := p.take()
				if wait == nil {
					p.work(ctx, t)
					continue
				}
				select {
				case <-ctx.Done():
					return
				case <-wait:
				}
			}
		})
	}
	workers.Wait()
}

// work does one task to its end, also when ctx is done meanwhile.
func (p *Pool) work(ctx context.Context, t Task) {
	turn := p.Turn
	if turn == 0 {
		turn = defaultTurn
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), turn)
	defer cancel()
	defer p.finish(t)
	p.Worker.Work(ctx, t)
}

// take returns the next task, or a channel that is closed when there may be one.
func (p *Pool) take() (Task, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.turns) == 0 {
		if p.wake == nil {
			p.wake = make(chan struct{})
		}
		return Task{}, p.wake
	}
	name := p.turns[0]
	p.turns = p.turns[1:]
	h := p.hosts[name]
	h.inTurns = false
	t := h.waiting[0]
	h.waiting = h.waiting[1:]
	h.running++
	p.waiting--
	p.queue(name, h)
	return t, nil
}

// finish frees the place of a task that has ended.
func (p *Pool) finish(t Task) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := p.hosts[t.Host]
	h.running--
	p.queue(t.Host, h)
	if h.running == 0 && len(h.waiting) == 0 {
		delete(p.hosts, t.Host)
	}
}
