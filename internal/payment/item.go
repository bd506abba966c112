package payment

import (
	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// An Item is what the store keeps of a payment. It holds no secret.
type Item struct {
	ID       string        `json:"id"`
	Version  int64         `json:"v"` // kept by the store
	Owner    string        `json:"own"`
	Grant    string        `json:"gr"`
	Status   Status        `json:"st"`
	Created  grant.Instant `json:"ct"`
	Since    grant.Instant `json:"si,omitempty"`  // when it was last prepared: it is looked for until a day later
	TTL      int64         `json:"ttl,omitempty"` // Unix seconds after which the store may delete it; 0: never
	BodyHash []byte        `json:"bh,omitempty"`  // first half of the SHA-256 of the request without its code
	Lease    *grant.Lease  `json:"ls,omitempty"`

	Sender         string `json:"wa"`           // the wallet address that pays
	ResourceServer string `json:"rs,omitempty"` // of the sender
	To             string `json:"to"`           // as it was asked for
	Payee          string `json:"pe,omitempty"` // the wallet address that To led to; "": To is an incoming payment

	Receiver string           `json:"rc,omitempty"` // the incoming payment
	Shared   bool             `json:"sd,omitempty"` // the receiver is not this service's
	Open     bool             `json:"op,omitempty"` // the receiver names no amount: it is completed once the payment is decided
	Before   *opclient.Amount `json:"bf,omitempty"` // of a shared receiver: what it had received before the POST
	Quote    *grant.Quote     `json:"q,omitempty"`

	Sought   bool             `json:"so,omitempty"` // the POST may have been sent: it is never sent again
	Outgoing string           `json:"og,omitempty"` // the URL of the outgoing payment
	Sent     *opclient.Amount `json:"sn,omitempty"`
	Received *opclient.Amount `json:"rv,omitempty"` // what arrived; of a shared receiver, what has come since Before
	Failure  *grant.Failure   `json:"f,omitempty"`

	List string `json:"lk,omitempty"` // the list that it is in: of its grant's payments

	// When the schedule shall look at it.
	Shard string        `json:"sh,omitempty"`
	Due   grant.Instant `json:"du,omitempty"`
}
