package payment

import (
	"context"
	"errors"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
)

// The beginning of a payment: what is saved before it is sent.

// prepareAndSend gets what the payment needs, saves it with a lease, and sends it. g has
// a token that works and no other payment in flight.
func (c *call) prepareAndSend(ctx context.Context, it *Item, g *grant.Item, p *plan) (*Item, bool, error) {
	kept := it
	if it.state() != stateReady {
		kept = nil
	}
	made, failure, err := c.prepare(ctx, g, p, kept)
	if err != nil {
		return nil, false, err
	}
	it.To, it.Payee, it.Sender, it.ResourceServer = p.to, p.address, p.sender.ID, p.sender.ResourceServer
	lease := c.newLease()
	e := prepare(made, lease, c.now())
	if failure != nil {
		e = refuse(failure, nil, c.now())
	}
	w := c.change(ctx, it, e)
	switch w.Kind {
	case saved:
	case lost: // another caller with this key was quicker
		if w.Stored == nil {
			return nil, false, grant.NotFound()
		}
		if err := c.checkKey(w.Stored); err != nil {
			return nil, false, err
		}
		return c.replay(ctx, w.Stored)
	case unknown:
		return nil, false, writeError(w.Err)
	}
	if failure != nil {
		c.report(ctx, w.Stored)
		return w.Stored, false, nil
	}
	return c.beginPayment(ctx, w.Stored, g, p, lease)
}

// beginPayment saves the payment with the grant. Only after that it is sent.
func (c *call) beginPayment(ctx context.Context, it *Item, g *grant.Item, p *plan, lease *grant.Lease) (*Item, bool, error) {
	saving, cancel := c.until(ctx, saveBy)
	defer cancel()
	flight := grant.Flight{Payment: it.ID, Quote: it.Quote.ID, Lease: lease.ID, Until: grant.At(c.flightUntil(it))}
	result, stored, err := c.Grants.BeginPayment(saving, g, flight)
	switch result {
	case grant.Begun:
		c.flown = stored
		return c.send(ctx, it, stored, p, lease)
	case grant.BegunBefore: // it may have been sent under an earlier lease
		return c.finish(ctx, it, lease, &evidence{})
	case grant.BeginUnknown: // the lease stays: whoever touches it after that goes on
		return nil, false, err
	case grant.NotFree:
		c.withdraw(saving, it, lease)
		if other, err := c.checkoutPayment(ctx, stored, it); err != nil || other != nil {
			if err != nil {
				return nil, false, err
			}
			return c.replayOther(ctx, other)
		}
		return nil, false, inProgress()
	}
	var busy *grant.Error
	if errors.As(err, &busy) && busy.Code == grant.CodeBusy {
		c.release(saving, it, lease)
		return nil, false, err
	}
	c.withdraw(saving, it, lease)
	if err == nil {
		err = inProgress()
	}
	return nil, false, err
}

// flightUntil is until when the grant is kept for a payment, if it is to end: a dead
// token could no longer look for it.
func (c *call) flightUntil(it *Item) time.Time {
	latest := c.now().Add(day)
	if it.Quote.Expires == 0 {
		return c.now().Add(10 * time.Minute)
	}
	return earlier(it.Quote.Expires.Time().Add(5*time.Minute), latest)
}
