package payment

import (
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// A Request is the body of POST /grants/{id}/payments. For a checkout it is empty,
// but for Code.
type Request struct {
	To            string               `json:"to" text:"required"` // a wallet address, or an incoming payment's URL
	DebitAmount   *grant.AmountRequest `json:"debitAmount"`
	ReceiveAmount *grant.AmountRequest `json:"receiveAmount"`
	Description   string               `json:"description"`
	Metadata      map[string]any       `json:"metadata"` // its numbers are json.Number
	Code          string               `json:"code"`     // claims the grant in the same call
}

// A Status is where a payment is in its life.
type Status string

// The statuses of a payment.
const (
	Processing Status = "processing" // nobody knows yet whether the wallet has it
	Pending    Status = "pending"    // the wallet has it; money is on its way
	Completed  Status = "completed"  // it arrived
	Partial    Status = "partial"    // a part arrived, and no more will
	Failed     Status = "failed"     // nothing was sent and nothing arrived
	Undecided  Status = "undecided"  // could not be found out within a day
)

// A Resource is a payment as its owner sees it.
type Resource struct {
	ID              string           `json:"id"`
	GrantID         string           `json:"grantId"`
	Status          Status           `json:"status"`
	To              string           `json:"to"`
	Receiver        string           `json:"receiver,omitempty"`       // the incoming payment; "": it failed before there was one
	ReceiverShared  bool             `json:"receiverShared,omitempty"` // others may pay into it too
	DebitAmount     *opclient.Amount `json:"debitAmount,omitempty"`    // of the quote; nil: it failed before there was one
	ReceiveAmount   *opclient.Amount `json:"receiveAmount,omitempty"`
	SentAmount      *opclient.Amount `json:"sentAmount,omitempty"`     // as the sender's wallet says; nil: it has not said, or not since the money arrived
	ReceivedAmount  *opclient.Amount `json:"receivedAmount,omitempty"` // what arrived, as the receiver's wallet says; nil: unknown
	CreatedAt       time.Time        `json:"createdAt"`
	OutgoingPayment string           `json:"outgoingPayment,omitempty"` // its URL; "": not found yet
	Failure         *grant.Failure   `json:"failure,omitempty"`
}

// A Page is a part of a list of payments, newest first.
type Page struct {
	Payments []*Resource `json:"payments"`
	Next     string      `json:"next,omitempty"` // cursor of the next page; "": there is none
}

// A Result is what [Service.Follow] did.
type Result struct {
	Kind       ResultKind
	Host       string        // of the server that was asked last; "": none was
	Status     Status        // of the payment, as it is now
	Cause      error         // of a failure
	RetryAfter time.Duration // that the server asked for with a failure; 0: it did not
}

// A ResultKind is how a payment's turn in the schedule ended.
type ResultKind int

// The zero value is no result.
const (
	_                ResultKind = iota
	FollowNotDue                // nothing is due: it is final, somebody works on it, or it is gone
	FollowDecided               // it is final now
	FollowUndecided             // it could not be found out within a day
	FollowAgain                 // it is not final; it is due again
	FollowFailedHost            // a wallet's host has a problem: no connection, no answer, 429 or a 5xx
	FollowFailedHere            // our store or our signing key has a problem
)

// resource is the payment as its owner sees it. e is what the wallets have said since it
// was stored; nil: nothing.
func (it *Item) resource(e *evidence) *Resource {
	r := &Resource{
		ID: it.ID, GrantID: it.Grant, Status: it.Status, To: it.To, Receiver: it.Receiver, ReceiverShared: it.Shared,
		SentAmount: it.Sent, ReceivedAmount: it.Received, CreatedAt: it.Created.Time(), OutgoingPayment: it.Outgoing, Failure: it.Failure,
	}
	if it.Quote != nil {
		debit, receive := it.Quote.Debit, it.Quote.Receive
		r.DebitAmount, r.ReceiveAmount = &debit, &receive
	}
	if e != nil && !it.isFinal() {
		if p := e.payment; p != nil {
			r.SentAmount = &p.SentAmount
		}
		if arrived := it.amountArrived(e); arrived != nil {
			r.ReceivedAmount = arrived
		}
	}
	return r
}
