package payment

import (
	"slices"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/save"
)

// The files state*.go hold the life of a payment: its states, the events that move
// it from one to another, and what each event sets. Nothing else changes a payment's
// status, lease, receiver, quote, amounts, failure or due time; a test reads the
// syntax tree and says so.

// A state is where a payment is, as far as an event needs to know. It is computed
// from the item.
type state string

const (
	stateNew       state = "new"       // not stored yet
	stateReady     state = "ready"     // it has a receiver and a quote; it may have been sent only if it is in flight in the grant's item
	stateWithdrawn state = "withdrawn" // it was not sent, and its key may ask for another one; for the app there is no such payment
	stateSought    state = "sought"    // it may have been sent, and is looked for; it is never sent again
	statePending   state = "pending"   // the wallet has it
	stateCompleted state = "completed"
	statePartial   state = "partial"
	stateFailed    state = "failed"
	stateUndecided state = "undecided"
)

var states = []state{stateNew, stateReady, stateWithdrawn, stateSought, statePending, stateCompleted, statePartial, stateFailed, stateUndecided}

// withdrawn is the stored status of a payment that there is not.
const withdrawn Status = "withdrawn"

// state returns where the payment is.
func (it *Item) state() state {
	switch it.Status {
	case "":
		return stateNew
	case withdrawn:
		return stateWithdrawn
	case Pending:
		return statePending
	case Completed:
		return stateCompleted
	case Partial:
		return statePartial
	case Failed:
		return stateFailed
	case Undecided:
		return stateUndecided
	}
	if it.Sought {
		return stateSought
	}
	return stateReady
}

// isFinal reports whether nothing will change the payment any more.
func (it *Item) isFinal() bool {
	return slices.Contains([]state{stateCompleted, statePartial, stateFailed, stateUndecided}, it.state())
}

// A transition is one row of the table: the event, the states in which it may
// happen, and those that it may lead to.
type transition struct {
	event string
	from  []state
	to    []state
	does  string
}

// transitions is the life of a payment. docs/payment-states.md is printed from it.
var transitions = []transition{
	{"prepare", []state{stateNew, stateReady, stateWithdrawn}, []state{stateReady},
		"One caller takes the lease to send the payment, with its receiver and quote. A payment that was sent, or may have been, cannot be prepared."},
	{"refuse", []state{stateNew, stateReady, stateWithdrawn}, []state{stateFailed},
		"The payment cannot be made, and was not sent; or it was not sent within a day, or before the grant ended."},
	{"release", []state{stateReady}, []state{stateReady},
		"It was not sent: the same key carries on, with this receiver and quote."},
	{"withdraw", []state{stateReady}, []state{stateWithdrawn},
		"It was not sent, because the grant has another payment or is ending: the same key may ask anew."},
	{"seek", []state{stateReady, stateSought}, []state{stateSought},
		"It may have been sent, and the outcome is unknown: it is looked for from now on."},
	{"find", []state{stateReady, stateSought, statePending}, []state{statePending},
		"The wallet has it. It is asked about again."},
	{"complete", []state{stateReady, stateSought, statePending}, []state{stateCompleted},
		"What was to arrive has arrived at the receiver."},
	{"part", []state{stateReady, stateSought, statePending}, []state{statePartial},
		"A part has arrived, and no more will."},
	{"fail", []state{stateReady, stateSought, statePending}, []state{stateFailed},
		"The wallet refused it; or it failed and nothing arrived; or a complete list proves that it was not made."},
	{"giveUp", []state{stateSought, statePending}, []state{stateUndecided},
		"What became of it could not be found out within a day."},
}

// An event is one transition with what it brings.
type event struct {
	name  string
	apply func(it *Item)
	// held is the lease that the item must have; nil: none is needed.
	held *grant.Lease
	// free: at this time nobody but the holder of held may hold a lease.
	free time.Time
}

// become makes the transition, or returns a [*save.TransitionError] and changes nothing.
func (it *Item) become(e event) error {
	now := it.state()
	refused := func(why string) error {
		return &save.TransitionError{Item: "payment", Event: e.name, State: string(now) + why}
	}
	i := slices.IndexFunc(transitions, func(t transition) bool { return t.event == e.name })
	switch {
	case i < 0 || !slices.Contains(transitions[i].from, now):
		return refused("")
	case e.held != nil && !it.holds(e.held):
		return refused(", and the lease is another's")
	case e.held == nil && it.isLeased(e.free):
		return refused(", and another holds the lease")
	}
	e.apply(it)
	return nil
}

// isLeased reports whether somebody works on the payment.
func (it *Item) isLeased(now time.Time) bool {
	return it.Lease != nil && now.Before(it.Lease.Until.Time())
}

// holds reports whether lease is the item's.
func (it *Item) holds(lease *grant.Lease) bool {
	return it.Lease != nil && lease != nil && it.Lease.ID == lease.ID
}
