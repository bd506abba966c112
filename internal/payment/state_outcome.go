package payment

import (
	"time"

	"github.com/opgrants/opgrants/internal/grant"
)

// The events after the POST. Each is made by the holder of lease, or with nil when
// nobody holds one.

// seek says that the payment may have been sent, and that nobody knows.
func seek(lease *grant.Lease, now time.Time) event {
	return event{name: "seek", held: lease, free: now, apply: func(it *Item) {
		it.Sought, it.Lease = true, nil
		it.dueAt(it.nextLook(now))
	}}
}

// find says that the wallet has the payment.
func find(e *evidence, lease *grant.Lease, now time.Time) event {
	return event{name: "find", held: lease, free: now, apply: func(it *Item) {
		it.Status, it.Lease = Pending, nil
		it.learn(e)
		it.dueAt(it.nextLook(now))
	}}
}

func complete(e *evidence, lease *grant.Lease, now time.Time) event {
	return outcome("complete", Completed, nil, e, lease, now)
}

func part(e *evidence, lease *grant.Lease, now time.Time) event {
	return outcome("part", Partial, nil, e, lease, now)
}

func fail(f *grant.Failure, e *evidence, lease *grant.Lease, now time.Time) event {
	return outcome("fail", Failed, f, e, lease, now)
}

func giveUp(e *evidence, lease *grant.Lease, now time.Time) event {
	return outcome("giveUp", Undecided, nil, e, lease, now)
}

func outcome(name string, status Status, f *grant.Failure, e *evidence, lease *grant.Lease, now time.Time) event {
	return event{name: name, held: lease, free: now, apply: func(it *Item) {
		it.learn(e)
		if (status == Completed || status == Partial) && !e.answered {
			it.Sent = nil // what the sender's wallet said is older than what has arrived
		}
		it.end(status, f)
	}}
}

// end makes the payment final.
func (it *Item) end(status Status, f *grant.Failure) {
	it.Status, it.Failure, it.Lease = status, f, nil
	it.notDue()
}

// learn keeps what the wallets have said.
func (it *Item) learn(e *evidence) {
	if e == nil {
		return
	}
	if p := e.payment; p != nil {
		sent := p.SentAmount
		it.Outgoing, it.Sent = p.ID, &sent
	}
	if arrived := it.amountArrived(e); arrived != nil {
		it.Received = arrived
	}
}
