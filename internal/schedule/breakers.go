package schedule

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrConflict is a store's answer when a breaker was changed since it was read.
var ErrConflict = errors.New("the breaker has changed since it was read")

// A BreakerStore keeps one breaker per wallet host for all planners and workers.
type BreakerStore interface {
	// Breaker reads the breaker of a host. One that is not stored is closed, with
	// Version 0.
	Breaker(ctx context.Context, host string) (*Breaker, error)

	// SaveBreaker stores b if its Version is the stored one, and increments that.
	// It returns [ErrConflict] otherwise. The store may forget b after expires.
	SaveBreaker(ctx context.Context, b *Breaker, expires time.Time) error
}

const (
	readAgain   = 5 * time.Second // what another worker found out is known here after that
	mostCached  = 10_000          // hosts
	saveRetries = 10              // against other workers that write the same breaker
)

// Breakers are the breakers of all hosts, shared through a store. They read one
// at most every 5 s, and write only when a host begins or stops to fail.
type Breakers struct {
	Store BreakerStore
	Now   func() time.Time // nil: time.Now

	mu    sync.Mutex
	known map[string]knownBreaker
}

type knownBreaker struct {
	Breaker
	read time.Time
}

func (b *Breakers) now() time.Time {
	if b.Now != nil {
		return b.Now()
	}
	return time.Now()
}

// Get returns the breaker of a host as it was at most 5 s ago.
func (b *Breakers) Get(ctx context.Context, host string) (Breaker, error) {
	b.mu.Lock()
	k, ok := b.known[host]
	b.mu.Unlock()
	if ok && b.now().Sub(k.read) < readAgain {
		return k.Breaker, nil
	}
	return b.read(ctx, host)
}

func (b *Breakers) read(ctx context.Context, host string) (Breaker, error) {
	stored, err := b.Store.Breaker(ctx, host)
	if err != nil {
		return Breaker{}, fmt.Errorf("read the circuit breaker of %s: %w", host, err)
	}
	b.remember(*stored)
	return *stored, nil
}

func (b *Breakers) remember(stored Breaker) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known == nil || len(b.known) >= mostCached {
		b.known = make(map[string]knownBreaker)
	}
	b.known[stored.Host] = knownBreaker{stored, b.now()}
}

// change applies change to the breaker of a host until it is stored. A change
// that returns false is not needed any more, and nothing is stored.
func (b *Breakers) change(ctx context.Context, host string, change func(*Breaker) bool) (changed bool, err error) {
	current, err := b.Get(ctx, host)
	for range saveRetries {
		if err != nil {
			return false, err
		}
		if !change(&current) {
			return false, nil
		}
		now := b.now()
		err = b.Store.SaveBreaker(ctx, &current, current.Expires(now))
		if err == nil {
			b.remember(current)
			return true, nil
		}
		if !errors.Is(err, ErrConflict) {
			return false, fmt.Errorf("save the circuit breaker of %s: %w", host, err)
		}
		current, err = b.read(ctx, host)
	}
	return false, fmt.Errorf("save the circuit breaker of %s: %w", host, ErrConflict)
}

// Fail notes that a host has failed. It reports whether that has opened the
// breaker.
func (b *Breakers) Fail(ctx context.Context, host string, retryAfter time.Duration) (opened bool, err error) {
	now := b.now()
	_, err = b.change(ctx, host, func(k *Breaker) bool {
		was := *k
		k.fail(now, retryAfter)
		opened = !was.IsOpen() && k.IsOpen()
		// While it is open, only a longer Retry-After changes what anybody does.
		return !was.IsOpen() || !k.Probe.Equal(was.Probe)
	})
	return opened && err == nil, err
}

// Succeed notes that a host has answered. It reports whether that has closed the
// breaker.
func (b *Breakers) Succeed(ctx context.Context, host string) (closed bool, err error) {
	changed, err := b.change(ctx, host, func(k *Breaker) bool {
		closed = k.IsOpen()
		needed := k.Failures > 0
		k.succeed()
		return needed
	})
	return closed && changed, err
}

// TakeProbe reports whether the caller is the one that may ask a host whose
// breaker is open.
func (b *Breakers) TakeProbe(ctx context.Context, host string) (bool, error) {
	now := b.now()
	return b.change(ctx, host, func(k *Breaker) bool {
		if !k.mayProbe(now) {
			return false
		}
		k.takeProbe(now)
		return true
	})
}
