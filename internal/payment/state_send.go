package payment

import (
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// The events up to the POST.

// A preparation is what a payment needs before it can be sent.
type preparation struct {
	receiver string
	shared   bool
	open     bool
	before   *opclient.Amount // of a shared receiver
	quote    *grant.Quote
}

// prepare takes the lease under which the payment is sent.
func prepare(p *preparation, lease *grant.Lease, now time.Time) event {
	return event{name: "prepare", free: now, apply: func(it *Item) {
		it.start(now)
		it.Since = grant.At(now)
		it.Lease = lease
		it.Receiver, it.Shared, it.Open, it.Before, it.Quote = p.receiver, p.shared, p.open, p.before, p.quote
		it.dueAt(lease.Until.Time())
	}}
}

// refuse ends a payment that was not sent. lease is the caller's; nil: none.
func refuse(f *grant.Failure, lease *grant.Lease, now time.Time) event {
	return event{name: "refuse", held: lease, free: now, apply: func(it *Item) {
		it.start(now)
		it.end(Failed, f)
	}}
}

// release drops the lease of a payment that was not sent.
func release(lease *grant.Lease, now time.Time) event {
	return event{name: "release", held: lease, free: now, apply: func(it *Item) {
		it.Lease = nil
		it.dueAt(it.Created.Time().Add(day))
	}}
}

// withdraw lets the key ask anew: for the app there was no such payment.
func withdraw(lease *grant.Lease, now time.Time) event {
	return event{name: "withdraw", held: lease, apply: func(it *Item) {
		it.Status, it.Lease = withdrawn, nil
		it.TTL = now.Add(day).Unix()
		it.List = ""
		it.notDue()
	}}
}

// start makes an item a payment, once.
func (it *Item) start(now time.Time) {
	if it.state() == stateReady {
		return
	}
	it.Status, it.Created = Processing, grant.At(now)
	it.TTL = now.Add(keepPayment).Unix()
	it.List = grant.ListKey(it.Owner, it.Grant)
}
