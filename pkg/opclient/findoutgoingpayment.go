package opclient

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// ErrNotPaid means that the list has no payment from the quote.
var ErrNotPaid = errors.New("nothing was paid from the quote")

// clockSlack is how much the times of one server's resources may be off.
const clockSlack = time.Minute

// FindOutgoingPayment looks for the payment that was made from a quote, after a
// try of unknown outcome. It reads the list of outgoing payments, for which the
// grant must allow list or list-all, back to a minute before the quote was made.
//
// [ErrNotPaid] is what the list says now: the payment may still be on its way into
// it. Its [Error.Date] is the server's clock when the list was begun, so that a
// caller can tell whether the quote had expired by then. Until then pay from the
// same quote or not at all: a quote is paid once, while a new one could pay again.
// If the list does not say which quotes its payments are from, the error is
// [ErrOutcomeUnknown]. Of the quote ID is needed. Without Receiver and CreatedAt
// the whole list is read.
func (c *Client) FindOutgoingPayment(ctx context.Context, wallet *WalletAddress, token Secret, quote *Quote) (*OutgoingPayment, error) {
	if err := checkURI("quoteId", quote.ID); err != nil {
		return nil, err
	}
	s := search{quote: quote}
	var begun time.Time
	for page, err := range outgoingPayments.pages(ctx, c, wallet, token) {
		if err != nil {
			return nil, err
		}
		if begun.IsZero() {
			begun = page.Date
		}
		if p := s.in(page.Items); p != nil {
			return p, nil
		}
		if s.done {
			break
		}
	}
	e := &Error{Op: "find the outgoing payment", URL: withoutQuery(wallet.ResourceServer), Date: begun, Err: ErrNotPaid}
	if s.unclear {
		e.Err = fmt.Errorf("%w: the server does not say which quote its payments were made from", ErrOutcomeUnknown)
	}
	return nil, e
}

// A search looks for the payment that was made from a quote.
type search struct {
	quote   *Quote
	order   descending
	done    bool // all that follows is older than the quote
	unclear bool // a payment may be it, and has no quoteId
}

// in returns the payment, if it is one of these.
func (s *search) in(payments []OutgoingPayment) *OutgoingPayment {
	for i := range payments {
		p := &payments[i]
		if sameResource(p.QuoteID, s.quote.ID) {
			return p
		}
		older := p.CreatedAt.Before(s.quote.CreatedAt.Add(-clockSlack))
		if s.order.proves(p.CreatedAt) && older {
			s.done = true
		}
		// The OpenAPI file does not require a quoteId.
		if p.QuoteID == "" && !older && (s.quote.Receiver == "" || sameResource(p.Receiver, s.quote.Receiver)) {
			s.unclear = true
		}
	}
	return nil
}

// descending sees whether a list begins with the newest, which the OpenAPI file
// leaves open.
type descending struct {
	last  time.Time
	broke bool
}

// proves reports whether all times so far came in that order, and t is before the last.
func (d *descending) proves(t time.Time) bool {
	fell := t.Before(d.last)
	d.broke = d.broke || !d.last.IsZero() && t.After(d.last)
	d.last = t
	return fell && !d.broke
}

// sameResource reports whether two URLs name the same resource.
func sameResource(a, b string) bool {
	u, err := url.Parse(a)
	if err != nil {
		return false
	}
	v, err := url.Parse(b)
	return err == nil && sameAddress(u, v)
}
