package opclient

import (
	"context"
	"time"
)

// A Quote is what it costs to pay an incoming payment, for a limited time.
type Quote struct {
	ID            string    `json:"id"` // a URL; an outgoing payment can be made from it
	WalletAddress string    `json:"walletAddress"`
	Receiver      string    `json:"receiver"`
	DebitAmount   Amount    `json:"debitAmount"`        // what leaves the payer's account, with all fees
	ReceiveAmount Amount    `json:"receiveAmount"`      // what arrives
	Method        string    `json:"method,omitempty"`   // "ilp"
	ExpiresAt     time.Time `json:"expiresAt,omitzero"` // zero: the server does not say
	CreatedAt     time.Time `json:"createdAt"`
}

// A QuoteRequest asks what it costs to pay a receiver: so that DebitAmount
// leaves, or that ReceiveAmount arrives, or, if neither is given, that the
// receiver gets all of its incomingAmount that it has not yet.
type QuoteRequest struct {
	Receiver      string  // the URL of an incoming payment
	DebitAmount   *Amount // in the asset of the payer's wallet address
	ReceiveAmount *Amount // in the asset of the receiver
}

type quoteBody struct {
	WalletAddress string  `json:"walletAddress"`
	Receiver      string  `json:"receiver"`
	Method        string  `json:"method"`
	DebitAmount   *Amount `json:"debitAmount,omitempty"`
	ReceiveAmount *Amount `json:"receiveAmount,omitempty"`
}

// CreateQuote asks for a quote of a payment out of a wallet address. Of the wallet,
// ID and ResourceServer are used.
func (c *Client) CreateQuote(ctx context.Context, wallet *WalletAddress, token Secret, r QuoteRequest) (*Quote, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	body := quoteBody{wallet.ID, r.Receiver, "ilp", r.DebitAmount, r.ReceiveAmount}
	x, err := creating("create the quote", wallet, "/quotes", token, body)
	if err != nil {
		return nil, err
	}
	return resource(ctx, c, x, quoteOf)
}

// Quote reads a quote.
func (c *Client) Quote(ctx context.Context, id string, token Secret) (*Quote, error) {
	return resource(ctx, c, reading("read the quote", id, token), quoteOf)
}

func (r QuoteRequest) check() error {
	if r.Receiver == "" {
		return &InvalidError{"receiver", "give the URL of the incoming payment to pay"}
	}
	// The same rules as those of a grant's limits.
	return Limits{Receiver: r.Receiver, DebitAmount: r.DebitAmount, ReceiveAmount: r.ReceiveAmount}.check("")
}

// quoteOf reads schema quote of the OpenAPI file.
func quoteOf(o object) Quote {
	return Quote{
		ID:            o.uri("id"),
		WalletAddress: o.uri("walletAddress"),
		Receiver:      o.uri("receiver"),
		DebitAmount:   o.amount("debitAmount"),
		ReceiveAmount: o.amount("receiveAmount"),
		Method:        o.optional("method"),
		ExpiresAt:     o.optionalTime("expiresAt"),
		CreatedAt:     o.time("createdAt"),
	}
}
