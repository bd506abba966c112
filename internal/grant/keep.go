package grant

import (
	"context"
	"errors"
	"hash/fnv"
	"log/slog"
	"sync"
	"time"

	"github.com/opgrants/opgrants/internal/telemetry"
)

// A server forgets a token that was not rotated for 30 days, and with it the
// consent. Ours are rotated before they are 21 days old.
const (
	keepAfter = 20 * 24 * time.Hour
	tryAgain  = time.Hour // what could not be done
)

func (it *Item) dueAt(t time.Time) {
	h := fnv.New32a()
	_, _ = h.Write([]byte(it.ID))
	it.Shard, it.Due = Shards[h.Sum32()%uint32(len(Shards))], At(t)
}

func (it *Item) notDue() { it.Shard, it.Due = "", 0 }

// keepFrom enters a claimed grant with an interval into the calendar, as its
// token was made about now. A token without a told life is left alone.
func (it *Item) keepFrom(now time.Time) {
	if !it.Claimed || it.TokenExpires == 0 || !it.Recurs {
		it.notDue()
		return
	}
	it.dueAt(later(now.Add(keepAfter), it.TokenExpires.Time()))
}

func (it *Item) postponeKeeping(now time.Time) {
	if it.Due != 0 {
		it.dueAt(later(now.Add(tryAgain), it.Due.Time()))
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// A Keeper keeps consent alive while nobody asks for a token, and settles the
// cancels that are still owed. Run it from a schedule, hourly.
type Keeper struct {
	Service  *Service
	Calendar Calendar
	Limit    int           // grants in one run; 0: 1000
	Time     time.Duration // after which a run starts with no further grant; 0: 4 minutes
}

// A KeepReport counts what one run did.
type KeepReport struct {
	Kept    int // tokens rotated
	Settled int // cancels that were owed, done
	Lost    int // grants that their wallets have ended
	Failed  int // to be tried again: a server or the store could not be reached
	Left    int // due, and not looked at: the next run's. There may be more
}

// Run looks at the grants that are due, those due first first. What cannot be
// done now is due again in an hour. An error means that the calendar could not
// be read; what was done is in the report all the same.
func (k *Keeper) Run(ctx context.Context) (KeepReport, error) {
	limit, span := k.Limit, k.Time
	if limit == 0 {
		limit = 1000
	}
	if span == 0 {
		span = 4 * time.Minute
	}
	run := &keeping{Keeper: k, each: max(1, limit/len(Shards)), until: time.Now().Add(span)}
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
	// One more than it may look at tells whether something is left.
	ids, err := k.Calendar.Due(ctx, shard, At(k.Service.now()), k.each+1)
	if err != nil {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.err = errors.Join(k.err, err)
		return
	}
	for i, due := range ids {
		if i == k.each || ctx.Err() != nil || time.Now().After(k.until) {
			k.count(func(r *KeepReport) *int { return &r.Left }, len(ids)-i)
			return
		}
		k.count(k.Service.keep(ctx, due.ID), 1)
	}
}

func (k *keeping) count(which func(*KeepReport) *int, n int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if which != nil {
		*which(&k.report) += n
	}
}

// keep does what is due on one grant, and tells what that was.
func (s *Service) keep(ctx context.Context, id string) func(*KeepReport) *int {
	failed := func(r *KeepReport) *int { return &r.Failed }
	ctx = telemetry.With(ctx, slog.String(telemetry.KeyGrantID, id)) // for the line about the call of its wallet
	it, err := s.Store.Get(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil // a calendar may be behind
	}
	if err != nil {
		s.log().ErrorContext(ctx, "a due grant cannot be read", slog.String("grant_id", id), slog.Any("error", err))
		s.count(ctx, KeepFailed, "")
		return failed
	}
	ctx, cancel := detached(ctx, rotateTime+settleTime)
	defer cancel()
	now := s.now()
	if it.Due == 0 || it.Due > At(now) || it.leased(now) {
		return nil // somebody else was here
	}
	settles := it.Ending != ""
	if it.owes(now) {
		_, err = s.settleOnce(ctx, it)
	} else {
		var undecided error
		if undecided, err = s.rotate(ctx, it); err == nil {
			err = undecided // it is tried again
		}
	}
	switch {
	case errors.Is(err, ErrConflict):
		return nil
	case err != nil, it.Ending != "", it.Due != 0 && it.Due <= At(now.Add(tryAgain)), it.Lease != nil:
		s.log().ErrorContext(ctx, "a due grant could not be kept or settled", slog.String("grant_id", id), slog.Any("error", err))
		s.count(ctx, KeepFailed, "")
		return failed
	case settles:
		return func(r *KeepReport) *int { return &r.Settled }
	case it.Status != Granted:
		return func(r *KeepReport) *int { return &r.Lost }
	}
	return func(r *KeepReport) *int { return &r.Kept }
}
