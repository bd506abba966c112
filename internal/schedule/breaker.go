package schedule

import (
	"time"
)

// How a breaker opens and how often it lets a probe through.
const (
	failuresToOpen = 3                   // in a row
	firstProbe     = time.Minute         // after it opened; doubled after each failed probe
	slowestProbe   = time.Hour           // between two probes
	longestAsked   = 24 * time.Hour      // of a Retry-After that is followed
	longestPark    = 12 * time.Hour      // of an item whose host does not answer
	hopeless       = 30 * 24 * time.Hour // after which wallets forget tokens
	hopelessPark   = 7 * 24 * time.Hour  // of an item whose host has been silent for longer than that
	keepBreaker    = 90 * 24 * time.Hour // after its last change
)

// A Breaker is what all workers know of a wallet host that has failed. A host
// without one is healthy. The zero value, with a host, is closed.
type Breaker struct {
	Host     string
	Version  int64     // kept by the store; 0: not stored yet
	Failures int       // in a row
	Opened   time.Time // zero: closed
	Probe    time.Time // while open: not before this a probe is let through
}

// IsOpen reports that the host must be left alone, but for a probe.
func (b *Breaker) IsOpen() bool { return !b.Opened.IsZero() }

// Expires is when the store may forget the breaker.
func (b *Breaker) Expires(now time.Time) time.Time { return now.Add(keepBreaker) }

// fail notes a failure of the host. Three in a row open the breaker, and one
// does when the host itself asked to be left alone for a time.
func (b *Breaker) fail(now time.Time, retryAfter time.Duration) {
	b.Failures++
	if !b.IsOpen() && (b.Failures >= failuresToOpen || retryAfter > 0) {
		b.Opened, b.Probe = now, now.Add(firstProbe)
	}
	if asked := now.Add(min(retryAfter, longestAsked)); b.IsOpen() && asked.After(b.Probe) {
		b.Probe = asked
	}
}

// succeed notes that the host has answered, and closes the breaker.
func (b *Breaker) succeed() { b.Failures, b.Opened, b.Probe = 0, time.Time{}, time.Time{} }

// mayProbe reports that the next task may ask the host.
func (b *Breaker) mayProbe(now time.Time) bool { return b.IsOpen() && !now.Before(b.Probe) }

// takeProbe puts the next probe off, because one is about to be sent. The pause
// is as long as the breaker has been open, an hour at most: so it doubles.
func (b *Breaker) takeProbe(now time.Time) {
	b.Probe = now.Add(min(max(now.Sub(b.Opened), firstProbe), slowestProbe))
}

// park is when an item of the host is due again: with pauses that grow, not
// before the next probe, and spread over as long again by spread, from 0 to 1.
func (b *Breaker) park(now time.Time, spread float64) time.Time {
	open := now.Sub(b.Opened)
	pause := min(max(open/2, b.Probe.Sub(now), firstProbe), longestPark)
	if open > hopeless {
		pause = hopelessPark
	}
	return now.Add(pause + time.Duration(spread*float64(pause)))
}
