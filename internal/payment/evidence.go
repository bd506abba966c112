package payment

import (
	"strconv"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// evidence is what the wallets say of a payment. The sender's wallet says what it did,
// the receiver's says what arrived.
type evidence struct {
	receiver reading
	payment  *opclient.OutgoingPayment // what the sender's wallet says of it; nil: nothing
	answered bool                      // the sender's wallet said that in the last look
	absent   bool                      // a complete list, read after the quote had expired, does not have it
	// readLast: the receiver was read after the sender's wallet had answered.
	readLast bool
	cause    error // why something is not known
}

// amountArrived is what has come at the receiver for this payment: all of it at a receiver
// that was made for it, and at another one what has come since it was read before the
// POST. nil: unknown.
func (it *Item) amountArrived(e *evidence) *opclient.Amount {
	got := e.receiver.received
	if got == nil || it.Quote == nil || got.AssetCode != it.Quote.Receive.AssetCode || got.AssetScale != it.Quote.Receive.AssetScale {
		return nil
	}
	if !it.Shared {
		return got
	}
	if it.Before == nil || !got.AtLeast(*it.Before) {
		return nil
	}
	now, _ := strconv.ParseUint(got.Value, 10, 64)
	before, _ := strconv.ParseUint(it.Before.Value, 10, 64)
	return &opclient.Amount{Value: strconv.FormatUint(now-before, 10), AssetCode: got.AssetCode, AssetScale: got.AssetScale}
}

// decide returns what the evidence proves, nil if that is nothing new. final: nothing
// will change it. lease is the caller's; nil: none. See rules 13 and 14 in
// ARCHITECTURE.md.
func (it *Item) decide(e *evidence, lease *grant.Lease, now time.Time) (next *event, final bool) {
	final = true
	var n event
	switch {
	case it.hasArrived(e):
		n = complete(e, lease, now)
	case it.hasArrivedInPart(e):
		n = part(e, lease, now)
	case it.hasFailed(e):
		n = fail(wordsOfFailure(e.payment), e, lease, now)
	case it.wasNotMade(e):
		n = fail(newFailure(FailureNotMade, ""), e, lease, now)
	case lease == nil && !now.Before(it.Since.Time().Add(day)):
		n = giveUp(e, lease, now)
	case e.payment != nil && it.state() != statePending:
		n, final = find(e, lease, now), false
	default:
		return nil, false
	}
	return &n, final
}

// hasArrived: what the sender's wallet says never suffices, nor that the receiver is
// completed. At a receiver that others can pay into, the sender's wallet must agree.
func (it *Item) hasArrived(e *evidence) bool {
	arrived := it.amountArrived(e)
	if arrived == nil || !arrived.AtLeast(it.Quote.Receive) {
		return false
	}
	return !it.Shared || e.answered && !e.saysFailed() && e.hasSent()
}

// hasArrivedInPart: a part arrived, and no more will.
func (it *Item) hasArrivedInPart(e *evidence) bool {
	arrived := it.amountArrived(e)
	if arrived == nil || isZero(*arrived) || it.Shared && !(e.answered && e.hasSent()) {
		return false
	}
	return e.saysFailed() && e.readLast || it.isSettled(e.receiver.at)
}

// hasFailed: the wallet says so, nothing was sent, and nothing has arrived, which was
// read after that.
func (it *Item) hasFailed(e *evidence) bool {
	arrived := it.amountArrived(e)
	return e.saysFailed() && !e.hasSent() && e.readLast && arrived != nil && isZero(*arrived)
}

// wasNotMade: a complete list does not have it, and at its own receiver nothing has
// arrived, which was read after that. An empty receiver that has expired is gone.
func (it *Item) wasNotMade(e *evidence) bool {
	if it.state() != stateSought || !e.absent || e.payment != nil {
		return false
	}
	arrived := it.amountArrived(e)
	return it.Shared || e.readLast && (e.receiver.gone || arrived != nil && isZero(*arrived))
}

func (e *evidence) saysFailed() bool { return e.payment != nil && e.payment.Failed }

func (e *evidence) hasSent() bool { return e.payment != nil && !isZero(e.payment.SentAmount) }

// wordsOfFailure is why the wallet says that a payment failed.
func wordsOfFailure(p *opclient.OutgoingPayment) *grant.Failure {
	reason, cancelled := p.Metadata["cancellationReason"]
	if !cancelled {
		return newFailure(FailureAtWallet, "")
	}
	detail := ""
	if text, ok := reason.(string); ok && text != "" {
		detail = "The payment was cancelled at the payer's wallet: " + limit(text, 200)
	}
	return newFailure(FailureCancelled, detail)
}
