package grant

import (
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// The events up to the user's consent page.

// reserve starts an item for the request of an Idempotency-Key.
func reserve(owner string, bodyHash []byte, lease *Lease, now time.Time) event {
	return event{name: "reserve", free: now, apply: func(it *Item) {
		it.Owner, it.BodyHash, it.Created = owner, bodyHash, At(now)
		it.Status, it.Lease = Requesting, lease
		it.TTL = now.Add(keepUngranted).Unix()
		it.notDue()
	}}
}

// unreserve drops the lease: the same key may ask again.
func unreserve(lease *Lease) event {
	return event{name: "unreserve", held: lease, apply: func(it *Item) { it.Lease = nil }}
}

// pend takes over what the server said to the grant request. lease is that of
// the reservation, nil without one.
func pend(answer *opclient.Grant, lease *Lease, now time.Time) event {
	return event{name: "pend", held: lease, apply: func(it *Item) {
		it.Status, it.Lease = Pending, nil
		it.TTL = now.Add(keepUngranted).Unix()
		it.notDue()
		it.ServerNonce = string(answer.Interact.Finish)
		it.ConsentURL = answer.Interact.Redirect
		expires := answer.Interact.ExpiresIn
		if expires <= 0 {
			expires = consentTime
		}
		it.ConsentExpires = it.Created + Instant(expires.Milliseconds())
		it.keepContinuation(answer.Continue)
		it.ContinueAfter = At(now.Add(answer.Continue.Wait))
	}}
}

// disown makes an item of a grant that nobody consented to and that could not be
// cancelled.
func disown(k opclient.Continue, now time.Time) event {
	return event{name: "disown", apply: func(it *Item) {
		it.Status = Pending
		it.keepContinuation(k)
		it.startEnding(Failed, newFailure(CodeNotInteractive), now)
	}}
}

// list enters the grant into the list of its owner's grants with its reference.
func (it *Item) list() {
	if it.Reference != "" && it.Status != Requesting {
		it.List = ListKey(it.Owner, it.Reference)
	}
}

// bornClaimed: without a returnUrl nothing ties the browser to a session of the
// app, so that there is no code to present. See rule 9 in ARCHITECTURE.md.
func (it *Item) bornClaimed() { it.Claimed = it.ReturnURL == "" }

// continueReservation makes the item the next version of a reservation.
func (it *Item) continueReservation(reserved *Item) {
	it.ID, it.Version, it.BodyHash = reserved.ID, reserved.Version, reserved.BodyHash
	it.Status, it.Lease = reserved.Status, reserved.Lease
}

func (it *Item) keepContinuation(k opclient.Continue) {
	if k.URI != "" {
		it.ContinueURI, it.ContinueToken = k.URI, string(k.Token)
	}
}

// newIDKeyItem is the one item that is no grant. For everybody it is a request
// that is under way, so that there is no such grant.
func newIDKeyItem(key []byte, now time.Time) *Item {
	return &Item{ID: idKeyItem, Status: Requesting, Created: At(now), ClaimKey: key}
}
