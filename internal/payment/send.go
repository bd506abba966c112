package payment

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// The sending of a payment: its item, the grant's item, the POST, its outcome.

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
	switch w.kind {
	case saved:
	case lost: // another caller with this key was quicker
		if w.stored == nil {
			return nil, false, grant.StoreError(ErrConflict)
		}
		if err := c.checkKey(w.stored); err != nil {
			return nil, false, err
		}
		return c.replay(ctx, w.stored)
	case unknown:
		return nil, false, writeError(w.err)
	}
	if failure != nil {
		c.report(ctx, w.stored)
		return w.stored, false, nil
	}
	return c.beginPayment(ctx, w.stored, g, p, lease)
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

// send sends the POST, once: again only when no connection was obtained or the token
// was not active, which a server says before it looks at the payment.
func (c *call) send(ctx context.Context, it *Item, g *grant.Item, p *plan, lease *grant.Lease) (*Item, bool, error) {
	rotated := false
	for {
		if err := c.mayStart(it, lease); err != nil {
			return c.giveBack(ctx, it, g, lease, err)
		}
		sending, cancel := c.until(ctx, sentBy)
		made, err := c.wallet().CreateOutgoingPayment(sending, p.sender, opclient.Secret(g.Token), opclient.OutgoingPaymentRequest{QuoteID: it.Quote.ID, Metadata: p.metadata})
		cancel()
		switch answerOf(err) {
		case answerMade:
			c.count(ctx, PaymentSent, "")
			e := &evidence{}
			if it.isMade(made) {
				e.payment = made
			}
			return c.finish(ctx, it, lease, e)
		case answerUnknown:
			c.warn(ctx, it, "it is not known whether a payment was made", err)
			c.count(ctx, PaymentUnknown, "")
			return c.finish(ctx, it, lease, &evidence{})
		case answerRefused:
			return c.endRefused(ctx, it, lease, err)
		case answerInactive:
			if rotated {
				return c.giveBack(ctx, it, g, lease, tryLater(err))
			}
			rotated = true
			saving, cancel := c.until(ctx, saveBy)
			next, err := c.Grants.Payable(saving, g, "", g.Token)
			cancel()
			if err != nil {
				return c.giveBack(ctx, it, g, lease, err)
			}
			g = next
		case answerLater:
			return c.giveBack(ctx, it, g, lease, tryLater(err))
		case answerNotSent:
			return c.giveBack(ctx, it, g, lease, notSent(err))
		}
	}
}

// mayStart refuses a POST that could end after the lease, or be made at the very end of
// its quote: then nobody could say that it was not made.
func (c *call) mayStart(it *Item, lease *grant.Lease) error {
	late := ""
	switch now := c.now(); {
	case !now.Before(c.at(sendBy)):
		late = "The wallets took too long to prepare the payment."
	case it.Quote.Expires != 0 && now.Add(leastLeft).After(it.Quote.Expires.Time()):
		late = "The quote is about to expire."
	case now.Add(leastLeft).After(lease.Until.Time()):
		late = "The preparation took too long."
	default:
		return nil
	}
	return &grant.Error{Code: grant.CodeWalletTimeout, RetryAfter: time.Second, Detail: late + " Nothing was sent. Ask again with the same Idempotency-Key."}
}

// An answer is what is known after the POST.
type answer int

const (
	answerMade     answer = iota
	answerUnknown         // it may have been made
	answerRefused         // the wallet says that it was not made
	answerInactive        // the token is not active: it was not made
	answerLater           // it was not made, and can be tried later
	answerNotSent         // the wallet saw nothing
)

// answerOf says what the answer to the POST means. Only the wallet's own error object
// decides, as something in front of it may have answered. 429 comes from there, and
// says that it passed nothing on. See rule 13 in ARCHITECTURE.md.
func answerOf(err error) answer {
	var said *opclient.Error
	var unsound *opclient.InvalidError
	switch {
	case err == nil:
		return answerMade
	case grant.IsNotSent(err), errors.As(err, &unsound):
		return answerNotSent
	case errors.Is(err, opclient.ErrTooManyRequests):
		return answerLater
	case !errors.As(err, &said) || !said.GNAP || !errors.Is(err, opclient.ErrRefused):
		return answerUnknown
	case errors.Is(err, opclient.ErrInactiveToken):
		return answerInactive
	case errors.Is(err, opclient.ErrServerUnavailable):
		return answerLater
	}
	return answerRefused
}

// isMade reports whether an outgoing payment is this one.
func (it *Item) isMade(p *opclient.OutgoingPayment) bool {
	return p.Receiver == it.Receiver && sameURL(p.WalletAddress, it.Sender) && (p.QuoteID == "" || sameURL(p.QuoteID, it.Quote.ID))
}

// endRefused ends a payment that the wallet refused to make.
func (c *call) endRefused(ctx context.Context, it *Item, lease *grant.Lease, refusal error) (*Item, bool, error) {
	c.warn(ctx, it, "the wallet refused a payment", refusal)
	e := &evidence{}
	if errors.Is(refusal, opclient.ErrInvalidQuote) {
		// It is also said of a quote that was paid: the request may have been repeated
		// on its way. Only the sender's wallet knows, as others may pay the receiver.
		looking, cancel := c.until(ctx, waitBy)
		c.lookAtSender(looking, it, it.outgoingURL() == "", e)
		cancel()
		if e.payment != nil || e.cause != nil && answerOf(e.cause) != answerRefused {
			return c.finish(ctx, it, lease, e)
		}
	}
	return c.save(ctx, it, fail(refusalFailure(refusal), nil, lease, c.now()))
}

func refusalFailure(err error) *grant.Failure {
	switch {
	case errors.Is(err, opclient.ErrInsufficientGrant), errors.Is(err, opclient.ErrOverLimit):
		return newFailure(FailureInsufficientGrant, "")
	case errors.Is(err, opclient.ErrInvalidQuote):
		return newFailure(FailureNotPayable, "The receiver has expired, takes no more, or cannot be reached now. Ask anew with another Idempotency-Key.")
	case errors.Is(err, opclient.ErrInvalidReceiver):
		return newFailure(FailureNotPayable, "")
	case errors.Is(err, opclient.ErrAmountTooSmall):
		return newFailure(FailureTooSmall, "")
	}
	detail := "The payer's wallet refused the payment."
	var said *opclient.Error
	if errors.As(err, &said) {
		detail += fmt.Sprintf(" It said: %d %q.", said.Status, limit(said.Description, 200))
	}
	return newFailure(FailureRefused, detail)
}

// finish waits for the end of a payment that was sent, or may have been, and saves how
// far it has come. A payment of which nobody knows whether the wallet has it is looked
// for from now on.
func (c *call) finish(ctx context.Context, it *Item, lease *grant.Lease, e *evidence) (*Item, bool, error) {
	until := earlier(c.now().Add(c.wait), c.at(waitBy))
	waiting, cancel := context.WithTimeout(ctx, until.Sub(c.now())) // it ends when the client leaves
	defer cancel()
	next, final := it.decide(e, lease, c.now())
	for pause := shortestLook; !final && c.now().Add(pause).Before(until); pause = longer(pause) {
		if c.sleep(waiting, pause) != nil {
			break
		}
		c.look(waiting, it, false, e)
		next, final = it.decide(e, lease, c.now())
	}
	if next == nil {
		sought := seek(lease, c.now())
		next = &sought
	}
	return c.save(ctx, it, *next)
}

// save saves an outcome, and frees the grant if the outcome is known.
func (c *call) save(ctx context.Context, it *Item, e event) (*Item, bool, error) {
	saving, cancel := c.until(ctx, saveBy)
	defer cancel()
	w := c.change(saving, it, e)
	switch w.kind {
	case saved:
		c.settle(saving, w.stored, c.flown)
		return w.stored, false, nil
	case lost: // our lease is over
		if w.stored == nil {
			return nil, false, grant.NotFound()
		}
		return w.stored, false, nil
	default:
		c.logger(it).ErrorContext(ctx, "it is not known whether a payment's outcome was saved", slog.Any("error", w.err))
		return nil, false, writeError(w.err)
	}
}

// giveBack ends a try that is known to have sent nothing: the grant is free at once, and
// the same key carries on. The grant comes first: while the payment is leased, nobody
// takes it for sent.
func (c *call) giveBack(ctx context.Context, it *Item, g *grant.Item, lease *grant.Lease, cause error) (*Item, bool, error) {
	saving, cancel := c.until(ctx, saveBy)
	defer cancel()
	c.warn(ctx, it, "a payment was not sent", cause)
	if _, err := c.Grants.FinishItemPayment(saving, g, it.ID, false); err != nil {
		c.warn(ctx, it, "the grant of a payment that was not sent is not free yet", err)
	}
	c.release(saving, it, lease)
	return nil, false, cause
}

func (c *call) release(ctx context.Context, it *Item, lease *grant.Lease) {
	w := c.change(ctx, it, release(lease, c.now()))
	switch w.kind {
	case saved, lost:
	case unknown:
		c.warn(ctx, it, "a payment that was not sent stays leased until its lease is over", w.err)
	}
}

func (c *call) withdraw(ctx context.Context, it *Item, lease *grant.Lease) {
	w := c.change(ctx, it, withdraw(lease, c.now()))
	switch w.kind {
	case saved, lost:
	case unknown:
		c.warn(ctx, it, "a payment that was not sent stays leased until its lease is over", w.err)
	}
}

// notSent is what the app hears when no connection to the wallet was obtained.
func notSent(err error) error {
	e := grant.WalletError(err, "payment")
	if e.Code == grant.CodeWalletUnreachable || e.Code == grant.CodeWalletTimeout {
		e.Code, e.Detail = grant.CodeWalletTimeout, "The payer's wallet cannot be reached. Nothing was sent. Ask again with the same Idempotency-Key."
	}
	e.RetryAfter = max(e.RetryAfter, time.Second)
	return e
}

// tryLater is what the app hears when the wallet could not look at the payment.
func tryLater(err error) error {
	e := grant.WalletError(err, "payment")
	e.Code, e.Detail = CodeTryLater, "The payer's wallet cannot take the payment now. Nothing was sent. Ask again with the same Idempotency-Key."
	e.RetryAfter = max(e.RetryAfter, 5*time.Second)
	return e
}
