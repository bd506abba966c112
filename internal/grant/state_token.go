package grant

import (
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// The events of a grant in use.

// claim marks a grant as its app's, once. See rule 9 in ARCHITECTURE.md.
func claim(now time.Time) event {
	return event{name: "claim", free: now, apply: func(it *Item) {
		it.Claimed = true
		it.schedule()
	}}
}

// rotate takes the lease under which a new token is asked for.
func rotate(lease *Lease, now time.Time) event {
	return event{name: "rotate", free: now, apply: func(it *Item) { it.Lease = lease }}
}

// renew takes over a new token.
func renew(token *opclient.Token, lease *Lease, now time.Time) event {
	return event{name: "renew", held: lease, saveTime: tokenSaveTime, apply: func(it *Item) {
		it.Lease, it.Failures = nil, nil
		it.setToken(token, now)
		if it.Ending == "" {
			it.schedule()
		}
	}}
}

// putBack ends a rotation that decided nothing. If it may have been sent, a lease
// that is over stays: it says that the rotation must be repeated. own is as for dueAgain.
func putBack(lease *Lease, owed, own bool, now time.Time) event {
	return event{name: "putBack", held: lease, apply: func(it *Item) {
		it.Lease = nil
		if owed {
			it.Lease = &Lease{ID: lease.ID, Until: At(now)}
		}
		if it.Ending == "" {
			it.dueAgain(own, now)
		}
	}}
}

func (it *Item) setToken(token *opclient.Token, now time.Time) {
	it.Token, it.ManageURI = string(token.Value), token.Manage
	it.TokenMade, it.TokenExpires = At(now), promise(now, token.ExpiresAt)
	if len(token.Access) > 0 {
		it.Access = token.Access
	}
}

// promise returns until when we say that a token works: 60 s, or a tenth of its
// life if that is less, before the wallet's own time; 0 if there is none.
func promise(now, expires time.Time) Instant {
	if expires.IsZero() {
		return 0
	}
	return At(expires.Add(-min(time.Minute, max(0, expires.Sub(now)/10))))
}
