package service

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
)

// A keeperFunc is a keeper.
type keeperFunc func(context.Context) error

func (f keeperFunc) Run(ctx context.Context) (grant.KeepReport, error) {
	return grant.KeepReport{}, f(ctx)
}

func TestAKeepingRunThatHangsStopsNeitherTheNextNorTheShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var runs atomic.Int32
		never := make(chan bool)
		s := &Service{log: slog.New(slog.NewJSONHandler(&log, nil)), keeper: keeperFunc(func(context.Context) error {
			runs.Add(1)
			<-never // a wallet that never ends its answer, under no time limit
			return errors.New("too late")
		})}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan bool)
		go func() { defer close(ended); s.Keep(ctx, keepFirst, keepEvery) }()
		time.Sleep(2*keepEvery + keepTime)
		if n := runs.Load(); n != 2 {
			t.Errorf("the keeper ran %d times", n)
		}
		time.Sleep(keepEvery)
		start := time.Now()
		stop()
		<-ended
		if took := time.Since(start); took > stopTime {
			t.Errorf("ended %s after it was stopped", took)
		}
		if !strings.Contains(log.String(), "keeping consent did not end in time") {
			t.Errorf("the log is\n%s", &log)
		}
		close(never)
	})
}

func TestAKeepingRunUnderWayEndsItsWorkAtTheShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		worked := false
		s := &Service{log: slog.New(slog.DiscardHandler), keeper: keeperFunc(func(ctx context.Context) error {
			<-ctx.Done() // it begins with no further grant
			time.Sleep(10 * time.Second)
			worked = true
			return nil
		})}
		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(2*time.Second, stop)
		start := time.Now()
		s.Keep(ctx, keepFirst, keepEvery)
		if took := time.Since(start); !worked || took > 15*time.Second {
			t.Errorf("it ended after %s, and the run has ended: %v", took, worked)
		}
	})
}
