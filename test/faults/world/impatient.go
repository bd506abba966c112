package world

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// patience is how long an impatient client waits for an answer to begin. A test
// then need not wait for the service's own limit.
const patience = 500 * time.Millisecond

// An impatient transport ends a call that is not answered, while its switch is on.
type impatient struct {
	next http.RoundTripper
	on   atomic.Bool
}

type errSlow struct{ error }

func (errSlow) Timeout() bool   { return true }
func (errSlow) Temporary() bool { return true }

// RoundTrip is [http.RoundTripper]'s.
func (i *impatient) RoundTrip(r *http.Request) (*http.Response, error) {
	if !i.on.Load() {
		return i.next.RoundTrip(r)
	}
	ctx, cancel := context.WithCancel(r.Context())
	timer := time.AfterFunc(patience, cancel)
	response, err := i.next.RoundTrip(r.WithContext(ctx))
	if !timer.Stop() && err != nil {
		err = errSlow{err}
	}
	if err != nil {
		cancel()
	}
	return response, err
}

// BeImpatient lets the service wait for a wallet only half a second, until
// [World.Heal].
func (w *World) BeImpatient() { w.impatient.on.Store(true) }
