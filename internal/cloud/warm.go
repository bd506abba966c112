package cloud

import (
	"context"
	"crypto/x509"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/signingkey"
)

// warmTime is how long a start waits for AWS, of the 10 s that Lambda gives it.
const warmTime = 3 * time.Second

// warm loads side by side what the first request would wait for. No wallet is
// dialled: which one is not known, and none may delay a start. A failure is
// logged; the request that needs it tries again.
func warm(ctx context.Context, log *slog.Logger, store grant.Store, key *signingkey.Client) {
	ctx, cancel := context.WithTimeout(ctx, warmTime)
	defer cancel()
	started := time.Now()
	steps := []struct {
		what string
		load func(context.Context) error
	}{
		{"the signing key", key.Warm},
		{"the connection to DynamoDB", func(ctx context.Context) error { return connect(ctx, store) }},
		{"the system's certificates", func(context.Context) error { _, err := x509.SystemCertPool(); return err }},
	}
	var wg sync.WaitGroup
	for _, s := range steps {
		wg.Go(func() {
			if err := s.load(ctx); err != nil {
				log.ErrorContext(ctx, "not loaded at the start", slog.String("what", s.what), slog.Any("error", err))
			}
		})
	}
	wg.Wait()
	log.DebugContext(ctx, "loaded", slog.Float64("duration_ms", float64(time.Since(started).Microseconds())/1000))
}

// connect reads what is not there.
func connect(ctx context.Context, store grant.Store) error {
	const noGrant = "warm" // too short to be the id of one
	if _, err := store.Get(ctx, noGrant); !errors.Is(err, grant.ErrNotFound) {
		return err
	}
	return nil
}
