package payment

import (
	"context"
	"errors"
	"slices"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// A quoting is what a quote is asked for, and checked against.
type quoting struct {
	sender     *opclient.WalletAddress
	authServer string          // of the sender
	token      opclient.Secret // of the grant, if it allows quotes; "": the quote gets a grant of its own
	receiver   string
	debit      *opclient.Amount // one of debit and receive, or neither
	receive    *opclient.Amount
	asset      *opclient.Amount // what the receiver's asset is; nil: unknown
}

// quote asks the sender's wallet what the payment costs. A failure says that it cannot
// be paid. The quote must be what was asked for.
func (s *Service) quote(ctx context.Context, q quoting) (*grant.Quote, *grant.Failure, error) {
	made, err := s.createQuote(ctx, q)
	switch {
	case errors.Is(err, opclient.ErrInvalidReceiver):
		return nil, newFailure(FailureNotPayable, ""), nil
	case errors.Is(err, opclient.ErrAmountTooSmall):
		return nil, newFailure(FailureTooSmall, ""), nil
	case errors.Is(err, opclient.ErrInvalidAmount) && q.debit == nil && q.receive == nil:
		return nil, nil, grant.Invalid("debitAmount", "The incoming payment names no amount: give debitAmount or receiveAmount.")
	case errors.Is(err, opclient.ErrInvalidAmount):
		e := grant.WalletError(err, "quote")
		e.Code, e.Detail = grant.CodeInvalid, "The payer's wallet does not accept the amount: upstream says how. Is its asset that of the receiver?"
		return nil, nil, e
	case err != nil:
		return nil, nil, grant.WalletError(err, "quote")
	}
	if wrong := q.check(made); wrong != "" {
		return nil, nil, &grant.Error{Code: grant.CodeWalletInvalid, Detail: "The payer's wallet quoted another payment than it was asked for: " + wrong + "."}
	}
	return &grant.Quote{ID: made.ID, Debit: made.DebitAmount, Receive: made.ReceiveAmount,
		Created: grant.At(made.CreatedAt), Expires: grant.At(made.ExpiresAt)}, nil, nil
}

func (s *Service) createQuote(ctx context.Context, q quoting) (*opclient.Quote, error) {
	create := func(token opclient.Secret) (*opclient.Quote, error) {
		return s.wallet().CreateQuote(ctx, q.sender, token, opclient.QuoteRequest{Receiver: q.receiver, DebitAmount: q.debit, ReceiveAmount: q.receive})
	}
	if q.token != "" {
		made, err := create(q.token)
		if !errors.Is(err, opclient.ErrInsufficientGrant) && !errors.Is(err, opclient.ErrInactiveToken) {
			return made, err
		}
	}
	return withToken(ctx, s, q.authServer, quoteAccess(), create)
}

// check returns what is wrong with a quote; "": nothing.
func (q *quoting) check(made *opclient.Quote) string {
	sameAsset := func(a, b opclient.Amount) bool { return a.AssetCode == b.AssetCode && a.AssetScale == b.AssetScale }
	senders := opclient.Amount{AssetCode: q.sender.AssetCode, AssetScale: q.sender.AssetScale}
	switch {
	case !sameURL(made.WalletAddress, q.sender.ID):
		return "it is another wallet address's"
	case made.Receiver != q.receiver:
		return "it has another receiver"
	case !sameAsset(made.DebitAmount, senders), q.asset != nil && !sameAsset(made.ReceiveAmount, *q.asset):
		return "it is in another asset"
	case q.debit != nil && made.DebitAmount != *q.debit, q.receive != nil && made.ReceiveAmount != *q.receive:
		return "it has another amount"
	case isZero(made.DebitAmount), isZero(made.ReceiveAmount):
		return "it is for nothing"
	}
	return ""
}

// quoteToken is the grant's token if the grant allows quotes.
func quoteToken(g *grant.Item) opclient.Secret {
	for _, a := range g.Access {
		if a.Type == opclient.TypeQuote && slices.Contains(a.Actions, "create") {
			return opclient.Secret(g.Token)
		}
	}
	return ""
}

func isZero(a opclient.Amount) bool { return a.Value == "" || a.Value == "0" }
