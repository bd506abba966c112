package signingkey

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// How often the source is read. Whoever can make us call a server of his own can
// make that server say invalid_client: that must not cost a read of the secret
// each time. And a key that is missing must not be asked for by each request,
// but be found soon after it was put.
const (
	readTime     = 5 * time.Second  // for one read
	unchangedFor = 10 * time.Second // after a refusal, if the key that was read then is the same
	failuresFree = 5                // in a row, each tried again at the next call
	failedFor    = time.Second      // from then on
)

// A reader keeps the key that was read last. Those who need it read at once
// share one read.
type reader struct {
	source Source
	base   *opclient.Client
	now    func() time.Time

	mu       sync.Mutex
	current  *signingClient // nil: never read
	under    *read          // under way; nil: none
	failures int            // in a row
	failed   error          // the last failure
	notYet   time.Time
}

// signingClient is a key and the client that signs with it.
type signingClient struct {
	key    *Key
	client *opclient.Client
}

type read struct {
	done   chan struct{} // closed when the others are set
	client *signingClient
	err    error
}

func newReader(source Source, base *opclient.Client) *reader {
	return &reader{source: source, base: base, now: time.Now}
}

// get returns the key that was read last, or is read now.
func (r *reader) get(ctx context.Context) (*signingClient, error) {
	r.mu.Lock()
	if r.current != nil {
		defer r.mu.Unlock()
		return r.current, nil
	}
	if r.under == nil && r.failures >= failuresFree && r.now().Before(r.notYet) {
		defer r.mu.Unlock()
		return nil, r.failed
	}
	return r.wait(ctx, r.begin(ctx))
}

// getChanged returns the key after a server refused used: nil if it is still the same,
// or cannot be read, for which there may be a reason.
func (r *reader) getChanged(ctx context.Context, used *signingClient) (*signingClient, error) {
	r.mu.Lock()
	if r.current != used {
		defer r.mu.Unlock()
		return r.current, nil
	}
	if r.under == nil && r.now().Before(r.notYet) {
		defer r.mu.Unlock()
		return nil, nil
	}
	next, err := r.wait(ctx, r.begin(ctx))
	if err != nil || next == used {
		return nil, err
	}
	return next, nil
}

// begin joins the read that is under way, or begins one, which no caller's end
// stops. It is called with mu locked.
func (r *reader) begin(ctx context.Context) *read {
	if r.under == nil {
		r.under = &read{done: make(chan struct{})}
		go r.read(context.WithoutCancel(ctx), r.under)
	}
	return r.under
}

// wait is called with mu locked, and unlocks it.
func (r *reader) wait(ctx context.Context, under *read) (*signingClient, error) {
	r.mu.Unlock()
	select {
	case <-under.done:
		return under.client, under.err
	case <-ctx.Done():
		return nil, Unavailable(ctx.Err())
	}
}

func (r *reader) read(ctx context.Context, under *read) {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	next, err := r.fetch(ctx)

	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err != nil:
		r.failures++
		r.failed = err
		r.notYet = r.now().Add(failedFor)
		if r.current != nil {
			r.notYet = r.now().Add(unchangedFor)
		}
	case r.current != nil && r.current.key.equal(next.key):
		r.notYet = r.now().Add(unchangedFor)
	default:
		r.current, r.failures, r.notYet = next, 0, time.Time{}
	}
	if err == nil {
		under.client = r.current
	}
	under.err = err
	r.under = nil
	close(under.done)
}

func (r *reader) fetch(ctx context.Context) (*signingClient, error) {
	key, err := r.source.Read(ctx)
	var named *grant.Error
	switch {
	case errors.As(err, &named):
		return nil, named
	case errors.Is(err, ErrNoDeadline):
		return nil, err
	case err != nil:
		return nil, Unavailable(err)
	}
	client, err := r.base.WithKey(key.WalletAddress, key.KeyID, key.Signer())
	if err != nil {
		return nil, Invalid(err)
	}
	return &signingClient{key: key, client: client}, nil
}
