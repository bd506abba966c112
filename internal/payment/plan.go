package payment

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// A plan is what a request asks for, completed and allowed. Nothing was made yet.
type plan struct {
	to       string
	payee    *opclient.WalletAddress // nil: the receiver exists already
	address  string                  // the payee's wallet address; "": unknown
	receiver string                  // "": it is to be made at the payee
	sender   *opclient.WalletAddress
	debit    *opclient.Amount
	receive  *opclient.Amount
	metadata map[string]any
	checkout *grant.Checkout // nil: the request names the payment
}

// plan completes a request, and refuses what this deployment does not pay. It claims
// nothing.
func (s *Service) plan(ctx context.Context, g *grant.Item, r Request) (*plan, error) {
	if err := checkGrant(g); err != nil {
		return nil, err
	}
	p := &plan{to: r.To, checkout: g.Checkout}
	var err error
	if p.sender, err = s.sender(ctx, g); err != nil {
		return nil, err
	}
	switch {
	case g.Checkout != nil:
		err = s.planCheckout(ctx, p, r)
	case r.To == "":
		err = grant.Invalid("to", "Give the wallet address that is to be paid, or an incoming payment's URL.")
	case incomingPayment().MatchString(r.To):
		err = s.planReceiver(p, g, r)
	default:
		err = s.planPayee(ctx, p, r)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// checkGrant refuses a grant that cannot be paid from, whatever its status is.
func checkGrant(g *grant.Item) error {
	for _, a := range g.Access {
		reads := slices.Contains(a.Actions, "read") || slices.Contains(a.Actions, "read-all")
		if a.Type == opclient.TypeOutgoingPayment && slices.Contains(a.Actions, "create") && reads {
			return nil
		}
	}
	return &grant.Error{Code: CodeNotPayable, Detail: "The grant does not allow to create and to read outgoing payments: nobody could find out what became of a payment. Ask for a grant with the actions create, read and list."}
}

// sender is the wallet address that pays, with the servers that it had when the user
// consented.
func (s *Service) sender(ctx context.Context, g *grant.Item) (*opclient.WalletAddress, error) {
	now, err := s.wallet().WalletAddress(ctx, g.WalletAddress)
	if err != nil {
		return nil, grant.WalletError(err, "payer's wallet address")
	}
	w := *now
	w.ID, w.AuthServer, w.ResourceServer = g.WalletAddress, g.GrantEndpoint, g.ResourceServer
	return &w, nil
}

func (s *Service) planCheckout(ctx context.Context, p *plan, r Request) error {
	if !r.isEmpty() {
		return grant.Invalid("", "The grant is a checkout, which says all of the payment: send {} or only the code.")
	}
	c := p.checkout
	p.to, p.address, p.receiver = c.To, c.Payee, c.Receiver
	switch c.Fixed {
	case grant.FixedDebit:
		p.debit = &c.Quote.Debit
	case grant.FixedReceive:
		p.receive = &c.Quote.Receive
	}
	if c.Metadata != "" {
		d := json.NewDecoder(strings.NewReader(c.Metadata))
		d.UseNumber()
		if err := d.Decode(&p.metadata); err != nil {
			return err
		}
	}
	return s.checkPayee(ctx, "to", c.Payee, true)
}

func (s *Service) planReceiver(p *plan, g *grant.Item, r Request) (err error) {
	p.receiver = r.To
	if p.debit, err = completeAmount("debitAmount", r.DebitAmount, p.sender); err != nil {
		return err
	}
	if p.receive, err = wholeAmount("receiveAmount", r.ReceiveAmount); err != nil {
		return err
	}
	if p.metadata, err = metadataOf("", r.Description, r.Metadata); err != nil {
		return err
	}
	return s.checkReceiver(g, r.To)
}

func (s *Service) planPayee(ctx context.Context, p *plan, r Request) (err error) {
	if r.DebitAmount == nil && r.ReceiveAmount == nil {
		return grant.Invalid("debitAmount", "Give debitAmount or receiveAmount.")
	}
	if p.payee, err = s.payee(ctx, "to", r.To); err != nil {
		return err
	}
	p.address = p.payee.ID
	if p.debit, err = completeAmount("debitAmount", r.DebitAmount, p.sender); err != nil {
		return err
	}
	if p.receive, err = completeAmount("receiveAmount", r.ReceiveAmount, p.payee); err != nil {
		return err
	}
	if p.metadata, err = metadataOf("", r.Description, r.Metadata); err != nil {
		return err
	}
	return s.checkPayee(ctx, "to", p.payee.ID, false)
}

// payee reads the wallet address that the app gave.
func (s *Service) payee(ctx context.Context, field, to string) (*opclient.WalletAddress, error) {
	w, err := s.wallet().WalletAddress(ctx, to)
	if err == nil {
		return w, nil
	}
	e := grant.WalletError(err, "payee's wallet address")
	e.Field = field
	switch {
	case errors.Is(err, opclient.ErrForbiddenAddress):
		e.Code, e.Detail = grant.CodeInvalid, "It leads to a URL that is not public https on port 443."
	case errors.Is(err, opclient.ErrNotFound):
		e.Code, e.Detail = grant.CodeWalletNotFound, "There is no wallet address at this URL. Is it spelled right?"
	}
	return nil, e
}

// receiverLife is how long an incoming payment takes money: for as long as the same
// key may carry on.
const receiverLife = day + time.Hour

// prepare makes what the payment needs: its receiver and its quote. No money moves.
// stored is a payment that was prepared before and not sent, whose receiver and quote
// are kept for as long as they can be used; nil: none. A failure says that it cannot be
// paid.
func (s *Service) prepare(ctx context.Context, g *grant.Item, p *plan, stored *Item) (*preparation, *grant.Failure, error) {
	made := &preparation{receiver: p.receiver, shared: p.checkout == nil && p.payee == nil}
	var asset *opclient.Amount
	if p.payee != nil {
		asset = &opclient.Amount{AssetCode: p.payee.AssetCode, AssetScale: p.payee.AssetScale}
		made.open = p.receive == nil
	}
	switch {
	case p.checkout != nil:
		asset, made.open = &p.checkout.Quote.Receive, p.receive == nil
		if p.checkout.Expires != 0 && !s.now().Before(p.checkout.Expires.Time()) {
			return nil, newFailure(FailureNotPayable, "The checkout's incoming payment has expired. Ask for a new grant."), nil
		}
	case stored != nil && stored.Receiver != "":
		made.receiver = stored.Receiver
	case made.shared:
	default:
		incoming, err := s.makeReceiver(ctx, p.payee, p.receive, s.now().Add(receiverLife), p.metadata)
		if err != nil {
			return nil, nil, err
		}
		made.receiver = incoming.ID
	}
	if made.shared {
		r := s.readReceiver(ctx, made.receiver, "", true)
		switch {
		case r.gone:
			return nil, newFailure(FailureNotPayable, "There is no such incoming payment, or it has expired."), nil
		case r.received == nil:
			e := grant.WalletError(r.err, "question what the receiver has received")
			e.Field = "to"
			return nil, nil, e
		}
		made.before, asset = r.received, r.received
	}
	failure, err := s.chooseQuote(ctx, g, p, stored, made, asset)
	return made, failure, err
}

// chooseQuote keeps a quote that can still be used, or gets a new one. The quote of a
// checkout is that of its first payment: one that failed has used it up.
func (s *Service) chooseQuote(ctx context.Context, g *grant.Item, p *plan, stored *Item, made *preparation, asset *opclient.Amount) (*grant.Failure, error) {
	switch {
	case stored != nil && s.isFresh(stored.Quote):
		made.quote = stored.Quote
		return nil, nil
	case stored == nil && p.checkout != nil && p.checkout.Payment == "" && s.isFresh(&p.checkout.Quote):
		quote := p.checkout.Quote
		made.quote = &quote
		return nil, nil
	}
	quote, failure, err := s.quote(ctx, quoting{sender: p.sender, authServer: g.GrantEndpoint, token: quoteToken(g),
		receiver: made.receiver, debit: p.debit, receive: p.receive, asset: asset})
	if failure != nil || err != nil {
		return failure, err
	}
	made.quote = quote
	if p.checkout != nil {
		return p.checkPrice(quote), nil
	}
	return nil, nil
}

// isFresh reports whether a quote can be paid for long enough.
func (s *Service) isFresh(q *grant.Quote) bool {
	return q != nil && (q.Expires == 0 || s.now().Add(freshQuote).Before(q.Expires.Time()))
}

// checkPrice refuses a new quote of a checkout that no longer fits the consent, or by
// which less would arrive.
func (p *plan) checkPrice(q *grant.Quote) *grant.Failure {
	c := p.checkout
	switch {
	case !c.Limit.AtLeast(q.Debit):
		return newFailure(FailurePriceChanged, "The user consented to pay "+amountText(c.Limit)+", and it would cost "+amountText(q.Debit)+" now. Ask for a new grant.")
	case !q.Receive.AtLeast(c.Quote.Receive):
		return newFailure(FailurePriceChanged, amountText(c.Quote.Receive)+" were to arrive, and "+amountText(q.Receive)+" would arrive now. Ask for a new grant.")
	}
	return nil
}
