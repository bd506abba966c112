package grant

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// A Keeper calls [Service.Keep] for the grants that are due. Run it from a
// schedule, hourly.
type Keeper struct {
	Service  *Service
	Calendar Calendar
	Limit    int           // grants in one run; 0: 1000
	Time     time.Duration // after which a run starts with no further grant; 0: 4 minutes
}

// A KeepReport counts what one run did.
type KeepReport struct {
	Kept    int // tokens rotated
	Settled int // ends that were owed, done
	Lost    int // grants that their wallets have ended
	Failed  int // to be tried again: a server or the store could not be reached
	Left    int // due, and not looked at: the next run's. There may be more
}

// Run looks at the grants that are due, the longest due ones first. What cannot
// be done now is due again in an hour. It returns an error if the calendar could
// not be read; the report has what was done all the same.
func (k *Keeper) Run(ctx context.Context) (KeepReport, error) {
	limit, span := k.Limit, k.Time
	if limit == 0 {
		limit = 1000
	}
	if span == 0 {
		span = 4 * time.Minute
	}
	run := &keeping{Keeper: k, each: max(1, limit/len(Shards)), until: k.Service.now().Add(span)}
	var all sync.WaitGroup
	for _, shard := range Shards {
		all.Go(func() { run.shard(ctx, shard) })
	}
	all.Wait()
	r := run.report
	k.Service.log().InfoContext(ctx, "grants kept", slog.Int("kept", r.Kept), slog.Int("settled", r.Settled),
		slog.Int("lost", r.Lost), slog.Int("failed", r.Failed), slog.Int("left", r.Left))
	k.Service.countN(ctx, KeepLeft, "", r.Left)
	return r, run.err
}

type keeping struct {
	*Keeper
	each  int // grants of a shard
	until time.Time

	mu     sync.Mutex
	report KeepReport
	err    error
}

func (k *keeping) shard(ctx context.Context, shard string) {
	entries, err := k.due(ctx, shard)
	if err != nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.err = errors.Join(k.err, err)
		return
	}
	for i, entry := range entries {
		if i == k.each || ctx.Err() != nil || k.Service.now().After(k.until) {
			k.add(&k.report.Left, len(entries)-i)
			return
		}
		k.count(k.Service.Keep(ctx, entry.ID, 0))
	}
}

// due lists one grant more than the run may look at, which tells whether
// something is left.
func (k *keeping) due(ctx context.Context, shard string) ([]DueItem, error) {
	ctx, cancel := begin(ctx)
	defer cancel()
	return k.Calendar.Due(ctx, shard, At(k.Service.now()), k.each+1)
}

func (k *keeping) count(r KeepResult) {
	switch {
	case r.Kind == KeepRotated:
		k.add(&k.report.Kept, 1)
	case r.Kind == KeepEnded && r.Lost:
		k.add(&k.report.Lost, 1)
	case r.Kind == KeepEnded:
		k.add(&k.report.Settled, 1)
	case r.Cause != nil:
		k.add(&k.report.Failed, 1)
	}
}

func (k *keeping) add(counter *int, n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	*counter += n
}
