package payment

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
)

// A call makes a payment, or goes on with one.
type call struct {
	*Service
	timetable
	owner, grantID string
	request        Request
	key            string
	wait           time.Duration
	flown          *grant.Item // the grant, once the payment is in flight; nil: not yet
}

// Make makes a payment from a grant, once for an Idempotency-Key, and waits for its
// end: wait at most, and 15 s. replayed: the key had made it before, or it is the
// payment that another key has made of the same checkout. A payment that has failed is
// returned with an [*grant.Error] whose code is [CodePaymentFailed]; every other error
// comes without a payment. See rule 13 in ARCHITECTURE.md.
func (s *Service) Make(ctx context.Context, owner, grantID string, r Request, key string, wait time.Duration) (made *Resource, replayed bool, err error) {
	ctx, cancel := grant.Begin(ctx)
	defer cancel()
	c := &call{s, s.newTimetable(ctx), owner, grantID, r, key, min(max(wait, 0), longestWait), nil}
	it, replayed, err := c.make(ctx)
	var refused *grant.Error
	if errors.As(err, &refused) {
		s.count(ctx, PaymentRefused, refused.Code)
	}
	if err != nil {
		return nil, false, err
	}
	if it.state() == stateFailed {
		err = &grant.Error{Code: CodePaymentFailed, Detail: it.Failure.Detail}
	}
	return it.resource(nil), replayed, err
}

func (c *call) make(ctx context.Context) (it *Item, replayed bool, err error) {
	if c.key == "" || len(c.key) > longestKey {
		return nil, false, &grant.Error{Code: CodeKeyRequired, Detail: "Send an Idempotency-Key of your own, of 255 bytes at most: with the same key a repeated request pays nothing more."}
	}
	if err := c.request.check(); err != nil {
		return nil, false, err
	}
	id, err := c.Grants.PaymentID(ctx, c.owner, c.key)
	if err != nil {
		return nil, false, err
	}
	stored, err := c.read(ctx, id)
	switch {
	case err != nil:
		return nil, false, err
	case stored == nil:
		return c.pay(ctx, &Item{ID: id, Owner: c.owner, Grant: c.grantID, BodyHash: c.request.hash()})
	}
	if err := c.checkKey(stored); err != nil {
		return nil, false, err
	}
	return c.replay(ctx, stored)
}

// checkKey refuses a key that was used for another request.
func (c *call) checkKey(stored *Item) error {
	if stored.Owner == c.owner && stored.Grant == c.grantID && bytes.Equal(stored.BodyHash, c.request.hash()) {
		return nil
	}
	return &grant.Error{Code: grant.CodeKeyReused, Detail: "This Idempotency-Key was used for another payment. Use a new key for a new payment."}
}

// read returns a payment, or nil if there is none.
func (s *Service) read(ctx context.Context, id string) (*Item, error) {
	it, err := s.store().Get(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, grant.StoreError(err)
	}
	return it, nil
}

// replay answers with a payment that was asked for before, as it is now. One that was
// not sent is sent.
func (c *call) replay(ctx context.Context, it *Item) (*Item, bool, error) {
	it, err := c.awaitHolder(ctx, it)
	if err != nil || it == nil || it.isLeased(c.now()) {
		return it, true, missing(it, err)
	}
	switch it.state() {
	case stateReady, stateWithdrawn:
		return c.carryOn(ctx, it)
	}
	it, _, err = c.follow(ctx, it, false)
	return it, true, err
}

func missing(it *Item, err error) error {
	if err == nil && it == nil {
		return grant.NotFound()
	}
	return err
}

// awaitHolder waits for another caller who works on the payment.
func (c *call) awaitHolder(ctx context.Context, it *Item) (*Item, error) {
	until := earlier(c.now().Add(c.wait), c.at(waitBy))
	for pause := shortestLook; it != nil && it.isLeased(c.now()) && c.now().Add(pause).Before(until); pause = longer(pause) {
		if err := c.sleep(ctx, pause); err != nil {
			return nil, err
		}
		var err error
		if it, err = c.read(ctx, it.ID); err != nil {
			return nil, err
		}
	}
	return it, nil
}

// carryOn sends a payment that was prepared and not sent, unless the grant says that it
// may have been sent.
func (c *call) carryOn(ctx context.Context, it *Item) (*Item, bool, error) {
	made, replayed, err := c.pay(ctx, it)
	var refused *grant.Error
	if it.Version > 0 && it.state() == stateReady && errors.As(err, &refused) &&
		slices.Contains([]string{grant.CodeNotFound, grant.CodeExpired, grant.CodeRevoked, grant.CodeFailed, grant.CodeRejected}, refused.Code) {
		it, _, err = c.follow(ctx, it, false) // whatever became of the grant
		return it, true, err
	}
	return made, replayed || it.Version > 0 && it.state() != stateWithdrawn, err
}

// pay makes a payment that was not sent yet. it is new, or was prepared before.
func (c *call) pay(ctx context.Context, it *Item) (*Item, bool, error) {
	g, err := c.Grants.Owned(ctx, c.owner, c.grantID)
	if err != nil {
		return nil, false, err
	}
	if g.Flight != nil && g.Flight.Payment == it.ID && it.Version > 0 { // it may have been sent
		followed, _, err := c.follow(ctx, it, false)
		return followed, true, err
	}
	p, err := c.plan(ctx, g, c.request)
	if err != nil {
		return nil, false, err
	}
	if other, err := c.checkoutPayment(ctx, g, it); other != nil || err != nil {
		if err != nil {
			return nil, false, err
		}
		return c.replayOther(ctx, other)
	}
	if g, err = c.Grants.Payable(ctx, g, c.request.Code, ""); err != nil {
		return nil, false, err
	}
	if !c.now().Before(c.at(readyBy)) {
		return nil, false, &grant.Error{Code: grant.CodeBusy, RetryAfter: time.Second, Detail: "The grant's token had to be renewed, which took too long to pay now. Nothing was sent. Ask again with the same Idempotency-Key."}
	}
	if g, err = c.clearFlight(ctx, g, it.ID); err != nil {
		return nil, false, err
	}
	return c.prepareAndSend(ctx, it, g, p)
}

// checkoutPayment returns the payment of a checkout, if there is one that has not
// failed: a checkout is paid once, whatever the key. it is the caller's own payment.
func (c *call) checkoutPayment(ctx context.Context, g *grant.Item, it *Item) (*Item, error) {
	if g.Checkout == nil || g.Checkout.Payment == "" || g.Checkout.Payment == it.ID {
		return nil, nil
	}
	other, err := c.read(ctx, g.Checkout.Payment)
	switch {
	case err != nil:
		return nil, err
	case other == nil:
		return nil, grant.StoreError(errors.New("the payment of a checkout is not stored"))
	case other.isUnpaid(), other.state() == stateWithdrawn:
		return nil, nil
	}
	return other, nil
}

// isUnpaid reports whether the payment has failed, and nothing was sent and nothing
// arrived.
func (it *Item) isUnpaid() bool {
	return it.state() == stateFailed && (it.Sent == nil || isZero(*it.Sent)) && (it.Received == nil || isZero(*it.Received))
}

// replayOther answers with the payment that another key has made of the checkout. If it
// was not sent, it is this call that sends it.
func (c *call) replayOther(ctx context.Context, other *Item) (*Item, bool, error) {
	c.log().InfoContext(ctx, "another key has made this checkout's payment", slog.String("payment_id", other.ID))
	it, _, err := c.replay(ctx, other)
	return it, true, err
}

// clearFlight finds out what became of another payment that is in flight, and returns
// the grant once it is free.
func (c *call) clearFlight(ctx context.Context, g *grant.Item, own string) (*grant.Item, error) {
	if g.Flight == nil || g.Flight.Payment == own {
		return g, nil
	}
	id := g.Flight.Payment
	other, err := c.read(ctx, id)
	if err != nil {
		return nil, err
	}
	if other != nil && !other.isLeased(c.now()) && !other.isFinal() {
		if other, _, err = c.follow(ctx, other, false); err != nil {
			return nil, err
		}
	}
	if other == nil || !other.isFinal() && other.state() != statePending {
		return nil, inProgress()
	}
	if g, err = c.Grants.FinishItemPayment(ctx, g, id, !other.isUnpaid()); err == nil && g == nil {
		err = grant.NotFound()
	}
	return g, err
}

func inProgress() *grant.Error {
	return &grant.Error{Code: CodeInProgress, RetryAfter: 5 * time.Second,
		Detail: "It is not known yet whether another payment from this grant was made. Ask again with the same Idempotency-Key."}
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
