package service

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/metrics"
	"github.com/opgrants/opgrants/internal/keeping"
	"github.com/opgrants/opgrants/internal/schedule"
)

// workersFunc are workers.
type workersFunc func(context.Context)

func (f workersFunc) Run(ctx context.Context) { f(ctx) }

// calendarFunc is a calendar of one shard, that is read by f.
type calendarFunc func(context.Context) ([]schedule.Entry, error)

func (calendarFunc) Shards() []string { return []string{"0"} }

func (f calendarFunc) Due(ctx context.Context, _ string, _ time.Time, _ int) ([]schedule.Entry, error) {
	return f(ctx)
}

func (calendarFunc) Move(context.Context, schedule.Entry, time.Time) (string, bool, error) {
	return "", false, nil
}

func newTestKeeper(log *bytes.Buffer, read calendarFunc, work workersFunc) *keeper {
	return &keeper{planner: &schedule.Planner{Calendar: read, Queue: &schedule.Pool{}}, workers: work,
		tally: &keeping.Tally{}, metrics: metrics.New(), log: slog.New(slog.NewJSONHandler(log, nil))}
}

func nothingDue(context.Context) ([]schedule.Entry, error) { return nil, nil }

func TestThePlannerRunsEachMinuteAndAtOnceWhenItLeftSomething(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int32
		k := newTestKeeper(new(bytes.Buffer), func(context.Context) ([]schedule.Entry, error) {
			if n := runs.Add(1); n == 3 || n == 4 {
				return make([]schedule.Entry, 101), nil // which others have moved meanwhile
			}
			return nil, nil
		}, func(ctx context.Context) { <-ctx.Done() })
		ctx, stop := context.WithCancel(t.Context())
		go k.Keep(ctx, keepFirst, keepEvery)
		// At 1 s, 1:01, 2:01, 2:02, 2:03, 3:03.
		time.Sleep(3*time.Minute + 2*time.Second + time.Millisecond)
		if n := runs.Load(); n != 5 {
			t.Errorf("it ran %d times", n)
		}
		time.Sleep(time.Second)
		if n := runs.Load(); n != 6 {
			t.Errorf("it ran %d times", n)
		}
		stop()
	})
}

func TestWorkThatHangsDoesNotStopTheShutdown(t *testing.T) {
	for name, hangs := range map[string]func(log *bytes.Buffer, release chan bool) *keeper{
		"a worker": func(log *bytes.Buffer, release chan bool) *keeper {
			return newTestKeeper(log, nothingDue, func(context.Context) { <-release })
		},
		"the planner": func(log *bytes.Buffer, release chan bool) *keeper {
			return newTestKeeper(log, func(context.Context) ([]schedule.Entry, error) { <-release; return nil, nil }, func(ctx context.Context) { <-ctx.Done() })
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log, release := new(bytes.Buffer), make(chan bool)
				k := hangs(log, release)
				ctx, stop := context.WithCancel(t.Context())
				time.AfterFunc(time.Hour, stop)
				start := time.Now()
				k.Keep(ctx, keepFirst, keepEvery)
				if took := time.Since(start) - time.Hour; took != stopTime {
					t.Errorf("ended %s after it was stopped", took)
				}
				if !strings.Contains(log.String(), "keeping consent did not end in time") {
					t.Errorf("the log is\n%s", log)
				}
				close(release)
			})
		})
	}
}

func TestWorkAtHandEndsAtTheShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		worked := false
		log := new(bytes.Buffer)
		k := newTestKeeper(log, nothingDue, func(ctx context.Context) {
			<-ctx.Done() // it begins with no further grant
			time.Sleep(10 * time.Second)
			worked = true
		})
		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(2*time.Second, stop)
		start := time.Now()
		k.Keep(ctx, keepFirst, keepEvery)
		if took := time.Since(start); !worked || took != 12*time.Second {
			t.Errorf("it ended after %s, and the work has ended: %v", took, worked)
		}
	})
}
