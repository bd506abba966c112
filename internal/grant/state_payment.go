package grant

import "time"

// The events of a payment from the grant. See rules 11 and 13 in ARCHITECTURE.md.

// beginPayment saves the payment that may be sent from now on.
func beginPayment(f *Flight, now time.Time) event {
	return event{name: "beginPayment", free: now, unless: (*Item).isInFlight, apply: func(it *Item) {
		it.Flight = f
		if it.Checkout != nil {
			checkout := *it.Checkout
			checkout.Payment = f.Payment
			it.Checkout = &checkout
		}
	}}
}

// finishPayment ends the flight of a payment. made: the wallet has it, or may have it.
func finishPayment(made bool, now time.Time) event {
	return event{name: "finishPayment", apply: func(it *Item) {
		it.Flight = nil
		if made {
			it.dropMetadata()
		}
		if it.Ending != "" {
			it.dueAt(now)
		}
	}}
}

// abandonPayment gives the payment in flight up, and takes the lease to cancel under.
func abandonPayment(lease, own *Lease, now time.Time) event {
	return event{name: "abandonPayment", free: now, own: own, apply: func(it *Item) {
		it.Flight, it.Lease = nil, lease
	}}
}

// takeToCancel takes the lease to cancel under, for DELETE. If nobody has asked for
// it before, the same write says that it was asked.
func (it *Item) takeToCancel(lease *Lease, now time.Time) event {
	switch {
	case it.Ending != Revoked:
		return revoke(lease, now)
	case it.state() == statePaying:
		return abandonPayment(lease, nil, now)
	}
	return take(lease, nil, now)
}

func (it *Item) isInFlight() bool { return it.Flight != nil }

// isOverdue reports whether the grant need not wait any longer for the outcome of
// its payment.
func (it *Item) isOverdue(now time.Time) bool {
	return it.Flight == nil || !now.Before(it.Flight.Until.Time())
}

// isEnding reports whether the grant ends and waits for no payment: nothing is
// saved any more but its end.
func (it *Item) isEnding() bool { return it.Ending != "" && it.Flight == nil }

// cancelFrom is t, or the end of the wait for a payment if that is later.
func (it *Item) cancelFrom(t time.Time) time.Time {
	if it.Flight == nil {
		return t
	}
	return later(t, it.Flight.Until.Time())
}

// owesRotation reports whether a rotation may have been sent and not been saved. Of
// a grant that is leased, the holder is about to save it.
func (it *Item) owesRotation() bool {
	return it.state() == stateRotating || it.state() == statePaying && it.Lease != nil
}

// dropMetadata: what was sent is not kept.
func (it *Item) dropMetadata() {
	if it.Checkout != nil && it.Checkout.Metadata != "" {
		checkout := *it.Checkout
		checkout.Metadata = ""
		it.Checkout = &checkout
	}
}
