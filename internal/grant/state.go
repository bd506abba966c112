package grant

import (
	"slices"
	"time"

	"github.com/opgrants/opgrants/internal/save"
)

// The files state*.go hold the life of a grant: its states, the events that move
// it from one to another, and what each event sets. Nothing else changes a
// grant's status, ending, lease, claim, token, failure or due time; a test reads
// the syntax tree and says so.

// A state is where a grant is, as far as an event needs to know. It is computed
// from the item.
type state string

const (
	stateNew        state = "new"        // not stored yet
	stateRequesting state = "requesting" // an Idempotency-Key's request is under way, or has failed
	statePending    state = "pending"    // waits for the user's consent
	stateHinted     state = "rejected?"  // the browser says that the user refused; nothing authenticates that
	stateProcessing state = "processing" // the holder of the lease sends the interact_ref
	stateRejected   state = "rejected"   // the server says that the user refused
	stateGranted    state = "granted"    // the server gave a token or subject; the app has not claimed it
	stateClaimed    state = "claimed"    // the app has presented the code, or needs none
	stateRotating   state = "rotating"   // the holder of the lease asks for a new token; after it, nobody knows which works
	statePaying     state = "paying"     // as ending, and a payment is in flight: nothing is cancelled yet
	stateEnding     state = "ending"     // it must be cancelled at the server; Ending is the status after it
	stateEnded      state = "ended"      // failed, revoked, expired or rejected; nothing that works is kept
)

var states = []state{stateNew, stateRequesting, statePending, stateHinted, stateProcessing, stateRejected,
	stateGranted, stateClaimed, stateRotating, statePaying, stateEnding, stateEnded}

// state returns where the grant is.
func (it *Item) state() state {
	switch {
	case it.Ending != "" && it.Flight != nil:
		return statePaying
	case it.Ending != "":
		return stateEnding
	case it.Status == "":
		return stateNew
	case it.Status == Requesting:
		return stateRequesting
	case it.Status == Pending:
		return statePending
	case it.Status == Processing:
		return stateProcessing
	case it.Status == Rejected && len(it.RefHash) == 0:
		return stateHinted
	case it.Status == Rejected && it.ContinueURI != "":
		return stateRejected
	case it.Status == Granted && !it.Claimed:
		return stateGranted
	case it.Status == Granted && it.Lease != nil:
		return stateRotating
	case it.Status == Granted:
		return stateClaimed
	}
	return stateEnded
}

// A transition is one row of the table: the event, the states in which it may
// happen, and those that it may lead to.
type transition struct {
	event string
	from  []state
	to    []state
	does  string
}

// transitions is the life of a grant. docs/grant-states.md is printed from it.
var transitions = []transition{
	{"reserve", []state{stateNew, stateRequesting}, []state{stateRequesting},
		"A request with an Idempotency-Key takes a lease on its id."},
	{"unreserve", []state{stateRequesting}, []state{stateRequesting},
		"The request was refused: the same key may ask again."},
	{"pend", []state{stateNew, stateRequesting}, []state{statePending},
		"The server has answered the grant request with a consent page."},
	{"disown", []state{stateNew}, []state{stateEnding},
		"The server gave a token without asking its user and could not cancel it. The cancel is tried again."},
	{"process", []state{statePending, stateHinted}, []state{stateProcessing},
		"A finish with a good hash takes the lease. Only who wins this write sends the interact_ref."},
	{"release", []state{stateProcessing}, []state{statePending},
		"The server cannot have used the interact_ref."},
	{"grant", []state{stateProcessing}, []state{stateGranted, stateClaimed},
		"The server gave the token or subject. A grant without a returnUrl is born claimed."},
	{"deny", []state{stateProcessing}, []state{stateRejected},
		"The server says user_denied."},
	{"reject", []state{statePending}, []state{stateHinted},
		"A finish without a hash says that the user refused. A good hash undoes that."},
	{"claim", []state{stateGranted}, []state{stateClaimed},
		"The app presented the code."},
	{"rotate", []state{stateClaimed, stateRotating, statePaying}, []state{stateRotating, statePaying},
		"One caller takes the lease to ask for a new token."},
	{"renew", []state{stateRotating, statePaying}, []state{stateClaimed, statePaying},
		"The server gave a new token."},
	{"beginPayment", []state{stateClaimed}, []state{stateClaimed},
		"A payment may be sent from now on. Only one can be in flight, and nobody holds the lease."},
	{"finishPayment", []state{stateClaimed, stateRotating, statePaying}, []state{stateClaimed, stateRotating, stateEnding},
		"What became of the payment in flight is known, or that it was not sent. It is written over any lease."},
	{"abandonPayment", []state{statePaying}, []state{stateEnding},
		"Five minutes after the quote has expired the payment in flight is given up. One caller takes the lease to cancel."},
	{"putBack", []state{stateRotating, statePaying}, []state{stateClaimed, stateRotating, statePaying},
		"The rotation decided nothing. If it may have been sent, no token leaves until it is repeated."},
	{"end", []state{statePending, stateProcessing, stateGranted, stateClaimed, stateRotating, statePaying}, []state{stateEnding, statePaying},
		"The holder of the lease decides how the grant ends: failed, revoked, rejected or expired."},
	{"revoke", []state{statePending, stateHinted, stateProcessing, stateRejected, stateGranted, stateClaimed, stateRotating, statePaying, stateEnding}, []state{stateEnding, statePaying},
		"DELETE was asked. It is written over any lease. If nobody holds one, its caller takes it to cancel at the server."},
	{"take", []state{stateEnding}, []state{stateEnding},
		"One caller takes the lease to cancel at the server."},
	{"postpone", []state{stateEnding, statePaying}, []state{stateEnding, statePaying},
		"The server could not cancel now, or a payment is in flight. The schedule tries again, and so does each touch."},
	{"retry", []state{stateClaimed, stateRotating, stateEnding}, []state{stateClaimed, stateRotating, stateEnding},
		"An operator has a grant tried again that the schedule has given up."},
	{"close", []state{stateEnding}, []state{stateEnded},
		"The server has confirmed that the grant is gone."},
	{"forget", []state{stateEnding}, []state{stateEnded},
		"The server does not accept our key, and the app asked to end the grant here only."},
	{"reopen", []state{stateRejected, stateEnding, stateEnded}, []state{stateEnding},
		"A token came after the grant had ended. It must be cancelled."},
}

// An event is one transition with what it brings.
type event struct {
	name  string
	apply func(it *Item)
	// held is the lease that the item must have; nil: none is needed.
	held *Lease
	// free: at this time nobody but the holder of own may hold a lease; zero: any
	// lease will do.
	free time.Time
	own  *Lease
	// unless forbids the event for some items in its states; nil: for none.
	unless func(it *Item) bool
	// saveTime is how long saving it may take, if longer than usual.
	saveTime time.Duration
}

// become makes the transition, or returns a [*save.TransitionError] and changes
// nothing.
func (it *Item) become(e event) error {
	now := it.state()
	refused := func(why string) error {
		return &save.TransitionError{Item: "grant", Event: e.name, State: string(now) + why}
	}
	i := slices.IndexFunc(transitions, func(t transition) bool { return t.event == e.name })
	switch {
	case i < 0 || !slices.Contains(transitions[i].from, now):
		return refused("")
	case e.held != nil && !it.holds(e.held):
		return refused(", and the lease is another's")
	case !e.free.IsZero() && it.heldByOther(e.free, e.own):
		return refused(", and another holds the lease")
	}
	if e.unless != nil && e.unless(it) {
		return refused(", and is not free for this")
	}
	e.apply(it)
	return nil
}

// isLeased reports whether somebody works on the grant.
func (it *Item) isLeased(now time.Time) bool { return it.heldByOther(now, nil) }

// heldByOther is isLeased, for the holder of own: who has ended its work does not
// wait for itself.
func (it *Item) heldByOther(now time.Time, own *Lease) bool {
	return it.Lease != nil && now.Before(it.Lease.Until.Time()) && !it.holds(own)
}

// holds reports whether lease is the item's.
func (it *Item) holds(lease *Lease) bool {
	return it.Lease != nil && lease != nil && it.Lease.ID == lease.ID
}
