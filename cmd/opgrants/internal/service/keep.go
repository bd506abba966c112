package service

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/metrics"
	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/keeping"
	"github.com/opgrants/opgrants/internal/schedule"
)

// The planner runs soon after the start, and then this often. It runs again at
// once when it has left something: the workers are as quick as the wallets are.
const (
	keepFirst = time.Second
	keepEvery = time.Minute
	keepAgain = time.Second
)

// planTime is how long one run of the planner may take.
const planTime = 5 * time.Minute

// A keeper keeps consent alive while nobody asks for a token.
type keeper struct {
	planner *schedule.Planner
	workers interface{ Run(ctx context.Context) }
	tally   *keeping.Tally
	metrics *metrics.Metrics
	log     *slog.Logger
}

// Keep hands out and does what is due: once after first and then regularly, until
// ctx is done. The work at hand then has 30 s to end; all else is due again. Keep
// waits no longer than that, also for work that hangs.
func (k *keeper) Keep(ctx context.Context, first, every time.Duration) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		var both sync.WaitGroup
		both.Go(func() { k.workers.Run(ctx) })
		both.Go(func() { k.plan(ctx, first, every) })
		both.Wait()
	}()
	<-ctx.Done()
	patience := time.NewTimer(stopTime)
	defer patience.Stop()
	select {
	case <-ended:
	case <-patience.C:
		k.log.Error("keeping consent did not end in time", "limit", stopTime.String())
	}
	k.report(ctx)
}

// plan runs the planner regularly, and logs what the workers have done between two
// runs.
func (k *keeper) plan(ctx context.Context, first, every time.Duration) {
	next := time.NewTimer(first)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		if k.planOnce(ctx) {
			next.Reset(min(every, keepAgain))
		} else {
			next.Reset(every)
		}
		k.report(ctx)
	}
}

// report logs and counts what the workers have done since the last report.
func (k *keeper) report(ctx context.Context) { k.metrics.AddReport(k.tally.Log(ctx, k.log)) }

func (k *keeper) planOnce(ctx context.Context) (left bool) {
	ctx, cancel := context.WithTimeout(ctx, planTime)
	defer cancel()
	plan, err := keeping.Plan(ctx, k.planner, k.log, k.metrics.CountGrant) // logs its error
	k.metrics.CountGrant(ctx, grant.TaskHandedOut, "", plan.HandedOut)
	if err == nil {
		k.metrics.ScheduleRan()
	}
	return plan.Left
}
