package grant

import (
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// The events of a grant's end. It is written first that the grant is to end,
// then the server is asked to cancel it, then it is closed.

// end decides the status that the grant gets once the server has cancelled it,
// and takes the lease to cancel under. own is a lease that the caller holds
// already; nil: none.
func end(status Status, failure *Failure, lease, own *Lease, now time.Time) event {
	return event{name: "end", free: now, own: own, apply: func(it *Item) {
		it.startEnding(status, failure, now)
		it.Lease = lease
	}}
}

// revoke writes that DELETE was asked. lease is taken to cancel under, if nobody
// holds one; nil: it is written over any lease, which stays. See rule 11 in
// ARCHITECTURE.md.
func revoke(lease *Lease, now time.Time) event {
	e := event{name: "revoke", apply: func(it *Item) {
		it.startEnding(Revoked, nil, now)
		if lease != nil {
			it.Lease = lease
		}
	}}
	if lease != nil {
		e.free = now
	}
	return e
}

// take takes the lease to cancel under.
func take(lease, own *Lease, now time.Time) event {
	return event{name: "take", free: now, own: own, apply: func(it *Item) { it.Lease = lease }}
}

// postpone drops the lease: the server could not cancel now. own is as for
// dueAgain.
func postpone(lease *Lease, own bool, now time.Time) event {
	return event{name: "postpone", held: lease, apply: func(it *Item) {
		it.Lease = nil
		if it.Flight != nil {
			it.dueAt(it.cancelFrom(now.Add(tryAgain)))
			return
		}
		it.dueAgain(own, now)
	}}
}

// closeGrant is the end after a confirmed cancel.
func closeGrant(lease *Lease, now time.Time) event {
	return event{name: "close", held: lease, apply: func(it *Item) { it.clear(now) }}
}

// forget ends a grant here that cannot be cancelled at its server.
func forget(now time.Time) event {
	return event{name: "forget", free: now, apply: func(it *Item) {
		it.clear(now)
		it.Unconfirmed = true
	}}
}

// reopen makes an ended grant end again, because a token came later and must be
// cancelled. It changes an item that is ending, too, so that whoever is about to
// close it loses, and cancels again.
func reopen(k opclient.Continue, now time.Time) event {
	return event{name: "reopen", apply: func(it *Item) {
		if it.Ending == "" {
			it.Ending, it.Unconfirmed = it.Status, false
		}
		it.TTL = 0
		it.dueAt(now)
		it.keepContinuation(k)
	}}
}

func (it *Item) startEnding(status Status, failure *Failure, now time.Time) {
	if it.Ending != Revoked { // DELETE was asked: that stays
		it.Ending, it.Failure = status, failure
	}
	it.Failures = nil
	it.TTL = 0 // not before it is settled
	it.dueAt(it.cancelFrom(now))
}

// clear drops everything that only a live grant needs: nothing that works is
// kept.
func (it *Item) clear(now time.Time) {
	it.Status, it.Ending, it.Lease = it.Ending, "", nil
	it.ConsentURL, it.ConsentExpires = "", 0
	it.ContinueURI, it.ContinueToken, it.ContinueAfter = "", "", 0
	it.Token, it.ManageURI, it.TokenExpires, it.TokenMade = "", "", 0, 0
	it.Fronted, it.Failures = false, nil
	it.dropMetadata()
	it.TTL = now.Add(keepEnded).Unix()
	it.notDue()
}

func newFailure(code string) *Failure {
	return &Failure{Code: code, Detail: failureDetails[code]}
}

var failureDetails = map[string]string{
	FailureRefused:        "The wallet refused to continue the grant.",
	FailureOutcomeUnknown: "It is not known whether the wallet issued a token, so the grant is cancelled. Ask for a new one.",
	FailureNeverClaimed:   "The app did not present the code within five minutes, so the grant is cancelled. Ask for a new one.",
	FailureTokenLost:      "The access token does not work any more and cannot be renewed, so the grant is cancelled. Ask for a new one.",
	FailureRevoked:        "The grant was revoked at the wallet. Ask for a new one only if the user wants to.",
	FailureSubject:        "The user proved another wallet address than the one that was asked for.",
	CodeRevoked:           "The grant is being revoked; the wallet has not confirmed that yet.",
	CodeNotInteractive:    "The wallet granted without asking its user, so the grant is cancelled.",
}
