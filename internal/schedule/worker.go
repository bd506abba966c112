package schedule

import (
	"context"
	"log/slog"
	"time"
)

// A Worker does tasks and tells the breakers how the hosts answer.
type Worker struct {
	Doer     Doer
	Breakers *Breakers
	Log      *slog.Logger // nil: none
	Opened   func()       // a breaker was opened; nil: nobody counts
}

// Work does one task. It leaves a host alone whose breaker has opened since the
// task was handed out: the item is due again.
func (w *Worker) Work(ctx context.Context, t Task) Result {
	if !t.Probe {
		breaker, err := w.Breakers.Get(ctx, t.Host)
		if err != nil {
			w.log().ErrorContext(ctx, "circuit breaker not read", slog.Any("error", err))
			return StoreFailed
		}
		if breaker.IsOpen() {
			return Void
		}
	}
	result, retryAfter := w.Doer.Do(ctx, t)
	var err error
	switch result {
	case Done, ItemFailed:
		err = w.succeed(ctx, t.Host)
	case HostFailed:
		err = w.fail(ctx, t, retryAfter)
	}
	if err != nil {
		// The next task of this host finds the same out.
		w.log().ErrorContext(ctx, "circuit breaker not saved", slog.Any("error", err))
	}
	return result
}

func (w *Worker) succeed(ctx context.Context, host string) error {
	closed, err := w.Breakers.Succeed(ctx, host)
	if closed {
		w.log().InfoContext(ctx, "circuit breaker closed: the wallet answers again", slog.String("wallet_host", host))
	}
	return err
}

func (w *Worker) fail(ctx context.Context, t Task, retryAfter time.Duration) error {
	opened, err := w.Breakers.Fail(ctx, t.Host, retryAfter)
	if opened {
		w.log().WarnContext(ctx, "circuit breaker opened: the wallet does not answer", slog.String("wallet_host", t.Host))
		if w.Opened != nil {
			w.Opened()
		}
	}
	return err
}

func (w *Worker) log() *slog.Logger {
	if w.Log != nil {
		return w.Log
	}
	return slog.New(slog.DiscardHandler)
}
