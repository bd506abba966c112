package opclient

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"
)

// ErrNotPaid means that no payment was made from the quote so far.
var ErrNotPaid = errors.New("nothing was paid from the quote")

// clockSlack is how much the times of one server's resources may be off.
const clockSlack = time.Minute

// FindOutgoingPayment looks for the payment that was made from a quote, after a
// try of unknown outcome. It goes through the list of outgoing payments, for which
// the grant must allow list or list-all.
//
// [ErrNotPaid] is what the list says now: a request may still be under way.
// Paying from the same quote once more is safe then, as it pays once, while a new
// quote could pay again. Where the list does not tell, the error is
// [ErrOutcomeUnknown]. Of the quote its ID is needed; Receiver and CreatedAt spare
// reading a long list to its end.
func (c *Client) FindOutgoingPayment(ctx context.Context, wallet *WalletAddress, token Secret, quote *Quote) (*OutgoingPayment, error) {
	if err := checkURI("quoteId", quote.ID); err != nil {
		return nil, err
	}
	untold := false
	order := descending{}
	for p, err := range c.OutgoingPayments(ctx, wallet, token) {
		if err != nil {
			return nil, err
		}
		if p.QuoteID != "" && sameResource(p.QuoteID, quote.ID) {
			return p, nil
		}
		older := p.CreatedAt.Before(quote.CreatedAt.Add(-clockSlack))
		if order.proven(p.CreatedAt) && older {
			break // as are all that follow
		}
		// The OpenAPI file does not require a quoteId.
		if p.QuoteID == "" && !older && (quote.Receiver == "" || sameResource(p.Receiver, quote.Receiver)) {
			untold = true
		}
	}
	x := reading("find the outgoing payment", wallet.ResourceServer, token)
	if untold {
		return nil, x.fail(0, fmt.Errorf("%w: the server does not say which quote its payments were made from", ErrOutcomeUnknown))
	}
	return nil, x.fail(0, ErrNotPaid)
}

// descending finds out whether a list begins with the newest, which the OpenAPI
// file leaves open.
type descending struct {
	last        time.Time
	fell, broke bool
}

// proven reports whether all times so far came in that order, and not all were
// the same.
func (d *descending) proven(t time.Time) bool {
	d.fell = d.fell || t.Before(d.last)
	d.broke = d.broke || !d.last.IsZero() && t.After(d.last)
	d.last = t
	return d.fell && !d.broke
}

// sameResource reports whether two URLs name the same.
func sameResource(a, b string) bool {
	u, err := url.Parse(a)
	if err != nil {
		return false
	}
	v, err := url.Parse(b)
	return err == nil && sameAddress(u, v)
}
