package payment

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// receiverGrace is how long the receiver of a checkout takes money after the consent
// has expired.
const receiverGrace = time.Hour

// PrepareCheckout is [grant.CheckoutMaker]'s: it makes an incoming payment at the payee,
// and gets a quote for it, which says what the user will be asked to consent to.
func (s *Service) PrepareCheckout(ctx context.Context, sender *opclient.WalletAddress, r grant.CheckoutRequest, consentBy time.Time) (*grant.Checkout, error) {
	ctx, cancel := grant.Begin(ctx)
	defer cancel()
	if r.To == "" {
		own, err := s.ownAddress(ctx)
		if err != nil {
			return nil, err
		}
		r.To = own
	}
	q, payee, metadata, err := s.planRequest(ctx, sender, r)
	if err != nil {
		return nil, err
	}
	expires := consentBy.Add(receiverGrace)
	receiver, err := s.makeReceiver(ctx, payee, q.receive, expires, metadata)
	if err != nil {
		return nil, below("payment.", err)
	}
	q.receiver = receiver.ID
	quote, failure, err := s.quote(ctx, *q)
	if failure != nil {
		return nil, &grant.Error{Code: failure.Code, Detail: failure.Detail, Field: "payment"}
	}
	if err != nil {
		return nil, err
	}
	c := &grant.Checkout{To: r.To, Payee: payee.ID, Receiver: receiver.ID, Expires: grant.At(earlierSet(expires, receiver.ExpiresAt)),
		Quote: *quote, Fixed: grant.FixedReceive, Limit: quote.Debit}
	if q.debit != nil {
		c.Fixed = grant.FixedDebit
	}
	if err := limitCheckout(c, sender, r); err != nil {
		return nil, err
	}
	if len(metadata) > 0 {
		text, err := json.Marshal(metadata)
		if err != nil {
			return nil, err
		}
		c.Metadata = string(text)
	}
	return c, nil
}

// below is err for a request whose members are at this path: the field "metadata" of a
// request that does not make sense is then "payment.metadata".
func below(path string, err error) error {
	var e *grant.Error
	if errors.As(err, &e) && e.Code == grant.CodeInvalid && e.Field != "" && !strings.HasPrefix(e.Field, path) {
		return grant.Invalid(path+e.Field, e.Detail)
	}
	return err
}

// planRequest completes and checks what a checkout is asked for.
func (s *Service) planRequest(ctx context.Context, sender *opclient.WalletAddress, r grant.CheckoutRequest) (*quoting, *opclient.WalletAddress, map[string]any, error) {
	refuse := func(err error) (*quoting, *opclient.WalletAddress, map[string]any, error) { return nil, nil, nil, err }
	switch {
	case r.To == "":
		return refuse(grant.Invalid("payment.to", "Give the wallet address that is to be paid."))
	case incomingPayment().MatchString(r.To):
		return refuse(grant.Invalid("payment.to", "Give a wallet address: the incoming payment is made there."))
	case (r.DebitAmount == nil) == (r.ReceiveAmount == nil):
		return refuse(grant.Invalid("payment.debitAmount", "Give either debitAmount, what the user pays, or receiveAmount, what arrives."))
	}
	metadata, err := metadataOf("payment.", r.Description, r.Metadata)
	if err != nil {
		return refuse(err)
	}
	payee, err := s.payee(ctx, "payment.to", r.To)
	if err != nil {
		return refuse(err)
	}
	q := &quoting{sender: sender, authServer: sender.AuthServer, asset: &opclient.Amount{AssetCode: payee.AssetCode, AssetScale: payee.AssetScale}}
	if q.debit, err = completeAmount("payment.debitAmount", r.DebitAmount, sender); err != nil {
		return refuse(err)
	}
	if q.receive, err = completeAmount("payment.receiveAmount", r.ReceiveAmount, payee); err != nil {
		return refuse(err)
	}
	if _, err := completeAmount("payment.maxDebitAmount", r.MaxDebitAmount, sender); err != nil {
		return refuse(err)
	}
	return q, payee, metadata, s.checkPayee(ctx, "payment.to", payee.ID, true)
}

// limitCheckout sets the most that may be debited, if the app gave it.
func limitCheckout(c *grant.Checkout, sender *opclient.WalletAddress, r grant.CheckoutRequest) error {
	limit, err := completeAmount("payment.maxDebitAmount", r.MaxDebitAmount, sender)
	if limit == nil || err != nil {
		return err
	}
	if !limit.AtLeast(c.Quote.Debit) {
		return grant.Invalid("payment.maxDebitAmount", "The payment costs "+amountText(c.Quote.Debit)+" now, which is more.")
	}
	c.Limit = *limit
	return nil
}

func earlierSet(a, b time.Time) time.Time {
	if b.IsZero() {
		return a
	}
	return earlier(a, b)
}
