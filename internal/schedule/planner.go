package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

const (
	defaultHandOut = time.Hour
	defaultPage    = 100
	defaultMoves   = 8
)

// A Planner hands out what is due. It moves the due time of an item forward in
// the same conditional write that hands the item out, so that no two planners,
// and no two runs of one, hand out the same item. If its task is lost, the item
// is due again after HandOut.
type Planner struct {
	Calendar Calendar
	Queue    Queue
	Breakers *Breakers

	HandOut  time.Duration    // in which a task must be done; 0: 1 hour
	Page     int              // entries that are read at once; 0: 100
	Parallel int              // items of a shard that are handed out at once; 0: 8
	Now      func() time.Time // nil: time.Now
	Spread   func() float64   // from 0 to 1, for parked items; nil: random
	Log      *slog.Logger     // nil: none
}

// A Plan is what one run has handed out.
type Plan struct {
	HandedOut int           // tasks on the queue, probes included
	Probes    int           // tasks that ask a host whose breaker is open
	Parked    int           // items that are due again later, because their host's breaker is open
	Oldest    time.Duration // how late the item was that had been due longest
	Left      bool          // more is due than the queue had room for, or the time allowed
}

// Run hands out what is due, until nothing is, the queue is full or ctx is done.
// With an error, the plan says what was handed out all the same.
func (p *Planner) Run(ctx context.Context) (Plan, error) {
	room, err := p.Queue.Room(ctx)
	if err != nil {
		return Plan{}, fmt.Errorf("ask the queue how much room it has: %w", err)
	}
	shards := p.Calendar.Shards()
	run := &planning{Planner: p, room: room, share: (room + len(shards) - 1) / len(shards)}
	var all sync.WaitGroup
	for _, shard := range shards {
		all.Go(func() { run.fail(run.shard(ctx, shard)) })
	}
	all.Wait()
	return run.plan, run.err
}

// A planning is one run of a planner.
type planning struct {
	*Planner
	share int // of the room, for one page of a shard

	mu   sync.Mutex
	room int
	plan Plan
	err  error
}

func (p *planning) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.err = errors.Join(p.err, err)
}

// shard hands out what is due in one shard, page by page.
func (p *planning) shard(ctx context.Context, shard string) error {
	for {
		share := p.reserve(min(orDefault(p.Page, defaultPage), p.share))
		entries, err := p.Calendar.Due(ctx, shard, p.now(), share+1)
		if err != nil {
			p.release(share)
			return fmt.Errorf("read what is due in shard %s: %w", shard, err)
		}
		more := len(entries) > share
		moved, err := p.handOut(ctx, entries[:min(share, len(entries))])
		p.release(share - moved)
		if err != nil || !more {
			return err
		}
		if moved == 0 || ctx.Err() != nil {
			// The queue is full, or the index has not seen our writes yet.
			p.leave()
			return nil //nolint:nilerr // to be out of time is no failure
		}
	}
}

// reserve takes room for n tasks, or as much as there is.
func (p *planning) reserve(n int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n = min(n, p.room)
	p.room -= n
	return n
}

func (p *planning) release(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.room += n
}

func (p *planning) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.plan.Left = true
}

// handOut hands out entries and returns how many of them are ours.
func (p *planning) handOut(ctx context.Context, entries []Entry) (moved int, err error) {
	var all sync.WaitGroup
	var mu sync.Mutex
	var tasks []Task
	turns := make(chan struct{}, orDefault(p.Parallel, defaultMoves))
	for _, e := range entries {
		turns <- struct{}{}
		all.Go(func() {
			defer func() { <-turns }()
			task, ours, failed := p.move(ctx, e)
			mu.Lock()
			defer mu.Unlock()
			err = errors.Join(err, failed)
			if ours {
				moved++
			}
			if task != nil {
				tasks = append(tasks, *task)
			}
		})
	}
	all.Wait()
	return moved, errors.Join(err, p.send(ctx, tasks))
}

// move hands out one entry. There is no task for an item that somebody else has
// handed out, nor for one whose host must be left alone: that is due later.
func (p *planning) move(ctx context.Context, e Entry) (task *Task, ours bool, err error) {
	now := p.now()
	length := p.HandOut
	if length == 0 {
		length = defaultHandOut
	}
	handed := Entry{ID: e.ID, Due: now.Add(length).Truncate(time.Millisecond)}
	host, ok, err := p.Calendar.Move(ctx, e, handed.Due)
	if err != nil || !ok {
		return nil, false, err
	}
	t := &Task{ID: e.ID, Host: host, Due: handed.Due.UnixMilli(), Late: now.Sub(e.Due)}
	breaker, err := p.Breakers.Get(ctx, host)
	if err != nil {
		return nil, true, err // due again after HandOut
	}
	if breaker.IsOpen() {
		if t.Probe, err = p.Breakers.TakeProbe(ctx, host); err != nil {
			return nil, true, err
		}
		if !t.Probe {
			return nil, true, p.park(ctx, handed, &breaker, now)
		}
	}
	p.record(func(plan *Plan) { plan.Oldest = max(plan.Oldest, t.Late) })
	return t, true, nil
}

// park makes an item due later, because its host does not answer now.
func (p *planning) park(ctx context.Context, e Entry, b *Breaker, now time.Time) error {
	spread := p.Spread
	if spread == nil {
		spread = rand.Float64
	}
	_, ok, err := p.Calendar.Move(ctx, e, b.park(now, spread()))
	if ok {
		p.record(func(plan *Plan) { plan.Parked++ })
	}
	return err
}

// send puts tasks on the queue. What the queue does not take is due at once.
func (p *planning) send(ctx context.Context, tasks []Task) error {
	if len(tasks) == 0 {
		return nil
	}
	refused, err := p.Queue.Send(ctx, tasks)
	if err != nil {
		return fmt.Errorf("put %d tasks on the queue: %w", len(tasks), err)
	}
	for _, t := range refused {
		e := Entry{ID: t.ID, Due: time.UnixMilli(t.Due)}
		if _, _, err := p.Calendar.Move(ctx, e, p.now()); err != nil {
			return err
		}
	}
	p.record(func(plan *Plan) {
		plan.HandedOut += len(tasks) - len(refused)
		plan.Left = plan.Left || len(refused) > 0
		for _, t := range tasks {
			if t.Probe {
				plan.Probes++
			}
		}
	})
	return nil
}

func (p *planning) record(change func(*Plan)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(&p.plan)
}

func (p *Planner) now() time.Time {
	if p.Now != nil {
		return p.Now()
	}
	return time.Now()
}
