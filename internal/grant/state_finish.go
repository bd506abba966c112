package grant

import (
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// The events of a finish.

// process takes the lease under which the interact_ref is sent. See rule 1 in
// ARCHITECTURE.md.
func process(interactRef string, lease *Lease, now time.Time) event {
	return event{name: "process", free: now, apply: func(it *Item) {
		it.Status, it.Lease = Processing, lease
		it.RefHash = refHash(interactRef)
		it.TTL = now.Add(keepUngranted).Unix()
		it.notDue()
	}}
}

// release gives the grant back to the next finish, which may continue it after
// wait. fronted: something in front of the server has answered, so that the
// reference may be sent once more at most, and the grant is cancelled unless it
// is granted.
func release(lease *Lease, fronted bool, wait time.Duration, now time.Time) event {
	return event{name: "release", held: lease, apply: func(it *Item) {
		it.Status, it.Lease = Pending, nil
		it.Fronted = it.Fronted || fronted
		if wait > 0 {
			it.ContinueAfter = At(now.Add(wait))
		}
		it.TTL = now.Add(keepUngranted).Unix()
		if it.Fronted {
			it.TTL = 0 // it may have to be cancelled
			it.dueAt(later(it.ConsentExpires.Time().Add(time.Millisecond), now))
		}
	}}
}

// grant takes over the server's answer to the continuation.
func grant(answer *opclient.Grant, lease *Lease, now time.Time) event {
	return event{name: "grant", held: lease, saveTime: tokenSaveTime, apply: func(it *Item) {
		it.Status, it.Lease = Granted, nil
		it.Fronted = false
		it.GrantedAt = At(now)
		it.ConsentURL, it.ConsentExpires = "", 0
		it.keepContinuation(answer.Continue)
		it.ContinueAfter = 0
		if it.ProveSubject {
			it.Subject = answer.Subject
		}
		it.keepAsked()
		if answer.Token != nil {
			it.setToken(answer.Token, now)
		}
		it.schedule()
	}}
}

// deny is the server's word that the user refused.
func deny(lease *Lease, now time.Time) event {
	return event{name: "deny", held: lease, apply: func(it *Item) {
		it.Status, it.Lease = Rejected, nil
		it.ConsentURL, it.ConsentExpires, it.ContinueAfter = "", 0, 0
		it.TTL = now.Add(keepEnded).Unix()
		it.notDue()
	}}
}

// reject is the browser's word that the user refused. See rule 2 in
// ARCHITECTURE.md.
func reject(now time.Time) event {
	return event{name: "reject", free: now, apply: func(it *Item) {
		it.Status = Rejected
		it.TTL = now.Add(keepEnded).Unix()
		it.notDue()
	}}
}
