package opclient

import (
	"context"
	"encoding/json"
	"iter"
	"time"
)

// An OutgoingPayment is a payment out of a wallet address. It says what the payer's
// wallet did, not what arrived. It starts as not Failed with a SentAmount of 0, and
// can stay so for good. Less than DebitAmount is sent if the wallet takes fees, and
// a payment that Failed may have arrived in part. What arrived is the
// ReceivedAmount of the incoming payment: see [Client.IncomingPayment] and
// [Amount.AtLeast].
type OutgoingPayment struct {
	ID            string         `json:"id"` // a URL
	WalletAddress string         `json:"walletAddress"`
	QuoteID       string         `json:"quoteId,omitempty"` // "": the server does not say
	Failed        bool           `json:"failed"`            // not all of it was sent, nor will be
	Receiver      string         `json:"receiver"`          // the incoming payment
	DebitAmount   Amount         `json:"debitAmount"`
	ReceiveAmount Amount         `json:"receiveAmount"`
	SentAmount    Amount         `json:"sentAmount"`
	Metadata      map[string]any `json:"metadata,omitempty"` // its numbers are json.Number
	CreatedAt     time.Time      `json:"createdAt"`

	// What was spent of the grant, in the answer of CreateOutgoingPayment only. The
	// reference implementation does not count this payment; [Client.SpentAmounts]
	// does.
	GrantSpentDebitAmount   *Amount `json:"grantSpentDebitAmount,omitempty"`
	GrantSpentReceiveAmount *Amount `json:"grantSpentReceiveAmount,omitempty"`
}

// An OutgoingPaymentRequest asks for a payment from a quote, or without one from
// IncomingPayment and DebitAmount.
type OutgoingPaymentRequest struct {
	// QuoteID is a quote's ID. Servers pay once from a quote: sending the same
	// request again does not pay twice.
	QuoteID string

	// IncomingPayment and DebitAmount pay without a quote. Sending such a request
	// twice pays twice.
	IncomingPayment string
	DebitAmount     *Amount

	Metadata map[string]any
}

type outgoingPaymentBody struct {
	WalletAddress   string          `json:"walletAddress"`
	QuoteID         string          `json:"quoteId,omitempty"`
	IncomingPayment string          `json:"incomingPayment,omitempty"`
	DebitAmount     *Amount         `json:"debitAmount,omitempty"`
	Metadata        json.RawMessage `json:"metadata,omitempty"`
}

var outgoingPayments = collection[OutgoingPayment]{"list the outgoing payments", "/outgoing-payments", outgoingPaymentOf}

// CreateOutgoingPayment pays. It sends the request once. After [ErrNotSent] no
// payment was made. After [ErrOutcomeUnknown], which a 201 that makes no sense is
// too, the payment may have been made: if it was from a quote,
// [Client.FindOutgoingPayment] finds it. After [ErrRefused] none was made, unless
// [Error.GNAP] is false: then something in front of the server may have answered.
// Of the wallet, ID and ResourceServer are used.
func (c *Client) CreateOutgoingPayment(ctx context.Context, wallet *WalletAddress, token Secret, r OutgoingPaymentRequest) (*OutgoingPayment, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	metadata, err := encodeMetadata(r.Metadata)
	if err != nil {
		return nil, err
	}
	body := outgoingPaymentBody{wallet.ID, r.QuoteID, r.IncomingPayment, r.DebitAmount, metadata}
	x, err := creating("create the outgoing payment", wallet, outgoingPayments.path, token, body)
	if err != nil {
		return nil, err
	}
	return resource(ctx, c, x, outgoingPaymentOf)
}

// OutgoingPayment reads an outgoing payment. [ErrNotFound] means that there is none
// yet.
func (c *Client) OutgoingPayment(ctx context.Context, id string, token Secret) (*OutgoingPayment, error) {
	return resource(ctx, c, reading("read the outgoing payment", id, token), outgoingPaymentOf)
}

// OutgoingPayments goes through all outgoing payments of a wallet address that the
// token may list. It reads page after page; an error ends it.
func (c *Client) OutgoingPayments(ctx context.Context, wallet *WalletAddress, token Secret) iter.Seq2[*OutgoingPayment, error] {
	return outgoingPayments.all(ctx, c, wallet, token)
}

func (r OutgoingPaymentRequest) check() error {
	if r.QuoteID != "" {
		if r.IncomingPayment != "" || r.DebitAmount != nil {
			return &InvalidError{"quoteId", "a quote names the receiver and the amount; leave out incomingPayment and debitAmount"}
		}
		return checkURI("quoteId", r.QuoteID)
	}
	if r.IncomingPayment == "" || r.DebitAmount == nil {
		return &InvalidError{"quoteId", "give a quote, or both incomingPayment and debitAmount"}
	}
	if err := checkURI("incomingPayment", r.IncomingPayment); err != nil {
		return err
	}
	return r.DebitAmount.check("debitAmount.")
}

// outgoingPaymentOf reads the schemas outgoing-payment and
// outgoing-payment-with-spent-amounts of the OpenAPI file.
func outgoingPaymentOf(o object) OutgoingPayment {
	p := OutgoingPayment{
		ID:                      o.uri("id"),
		WalletAddress:           o.uri("walletAddress"),
		Receiver:                o.uri("receiver"),
		DebitAmount:             o.amount("debitAmount"),
		ReceiveAmount:           o.amount("receiveAmount"),
		SentAmount:              o.amount("sentAmount"),
		Metadata:                o.metadata(),
		CreatedAt:               o.time("createdAt"),
		GrantSpentDebitAmount:   amountOf(o, "grantSpentDebitAmount"),
		GrantSpentReceiveAmount: amountOf(o, "grantSpentReceiveAmount"),
	}
	if _, ok := o.members["quoteId"]; ok {
		p.QuoteID = o.uri("quoteId")
	}
	p.Failed = o.bool("failed")
	return p
}
