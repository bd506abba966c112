package cloud

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
)

// warmTime is how long a start waits for AWS, of the 10 s that Lambda gives it.
const warmTime = 3 * time.Second

// warm loads side by side what the first request would wait for. No wallet is
// dialled: which one is not known, and none may delay a start. A failure is
// logged; the request that needs it tries again.
func (w *wired) warm(ctx context.Context, needs []Need) {
	ctx, cancel := context.WithTimeout(ctx, warmTime)
	defer cancel()
	started := time.Now()
	readCertificatesOnce()
	table := step{"the connection to DynamoDB", w.connect}
	if slices.Contains(needs, Requests) || slices.Contains(needs, Payments) { // which takes the same connection
		table = step{"the key of idempotent requests", w.grants.Warm}
	}
	steps := []step{
		{"the signing key", w.key.Warm},
		table,
		{"the system's certificates", func(context.Context) error { _, err := x509.SystemCertPool(); return err }},
	}
	var wg sync.WaitGroup
	for _, s := range steps {
		wg.Go(func() {
			if err := s.load(ctx); err != nil {
				w.log.ErrorContext(ctx, "not loaded at the start", slog.String("what", s.what), slog.Any("error", err))
			}
		})
	}
	wg.Wait()
	w.log.DebugContext(ctx, "loaded", slog.Float64("duration_ms", float64(time.Since(started).Microseconds())/1000))
}

type step struct {
	what string
	load func(context.Context) error
}

// connect reads what is not there.
func (w *wired) connect(ctx context.Context) error {
	const noGrant = "warm" // too short to be the id of one
	if _, err := w.store.Get(ctx, noGrant); !errors.Is(err, grant.ErrNotFound) {
		return err
	}
	return nil
}
