package payment

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// The sending of a payment: the POST and its outcome.

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
	switch w.Kind {
	case saved:
		c.settle(saving, w.Stored, c.flown)
		return w.Stored, false, nil
	case lost: // our lease is over
		if w.Stored == nil {
			return nil, false, grant.NotFound()
		}
		return w.Stored, false, nil
	default:
		c.logger(it).ErrorContext(ctx, "it is not known whether a payment's outcome was saved", slog.Any("error", w.Err))
		return nil, false, writeError(w.Err)
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
	switch w.Kind {
	case saved, lost:
	case unknown:
		c.warn(ctx, it, "a payment that was not sent stays leased until its lease is over", w.Err)
	}
}

func (c *call) withdraw(ctx context.Context, it *Item, lease *grant.Lease) {
	w := c.change(ctx, it, withdraw(lease, c.now()))
	switch w.Kind {
	case saved, lost:
	case unknown:
		c.warn(ctx, it, "a payment that was not sent stays leased until its lease is over", w.Err)
	}
}
