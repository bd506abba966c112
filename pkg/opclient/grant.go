package opclient

import (
	"encoding/json"
	"time"
)

// Limits of an outgoing payment. At most one of the amounts may be given.
type Limits struct {
	Receiver      string  `json:"receiver,omitempty"` // an incoming payment's URL
	DebitAmount   *Amount `json:"debitAmount,omitempty"`
	ReceiveAmount *Amount `json:"receiveAmount,omitempty"`
	Interval      string  `json:"interval,omitempty"` // ISO 8601: R/2025-04-22T08:00:00Z/P1D
	// Extra is the members of a server's answer that this package does not know.
	// They may limit the grant further. Requests cannot have any.
	Extra map[string]json.RawMessage `json:"extra,omitempty"`
}

// Types of [Access].
const (
	TypeOutgoingPayment = "outgoing-payment"
	TypeIncomingPayment = "incoming-payment"
	TypeQuote           = "quote"
)

// An Access is one item of access_token.access (RFC 9635 section 8). The type,
// the actions and the members of a server's answer may be unknown to this
// package: they are kept, and MarshalJSON writes them as the server did. Do not
// take them as permission for anything.
type Access struct {
	Type       string   `json:"type"`
	Actions    []string `json:"actions"`
	Identifier string   `json:"identifier,omitempty"` // the wallet address that it is about
	Limits     *Limits  `json:"limits,omitempty"`

	// Reference is set, and all else empty, if the server gave the name of an access
	// instead of an object (RFC 9635 section 8.1). Requests cannot have one.
	Reference string `json:"reference,omitempty"`
	// Extra is the members of a server's answer that this package does not know.
	// Requests cannot have any.
	Extra map[string]json.RawMessage `json:"extra,omitempty"`
}

// A Finish says where the browser comes back to after the interaction
// (RFC 9635 section 2.5.2).
type Finish struct {
	URI   string
	Nonce Secret // "": 32 random bytes, which [Grant.Pending] has
}

// A GrantRequest asks for an access token, for proof of a subject, or both.
type GrantRequest struct {
	Access  []Access
	Subject string // a wallet address that the user is asked to prove to be theirs
	// Interact asks for an interaction by redirect. A Finish or a Subject implies it.
	Interact bool
	Finish   *Finish // nil: the browser does not come back; use [Client.Poll]
}

// Interact is where the user consents (RFC 9635 section 3.3).
type Interact struct {
	Redirect  string        // the wallet's consent page
	Finish    Secret        // the server's nonce for the finish hash
	ExpiresIn time.Duration // 0: the server does not say
}

// Continue is what a later request to the same grant needs (RFC 9635 section
// 3.1). It cannot be encoded as JSON: to store it, see [PendingGrant].
type Continue struct {
	URI   string
	Token Secret
	Wait  time.Duration // how long to wait before the next request, at most an hour; 0: not at all
}

// A Token is an access token (RFC 9635 section 3.2.1). It cannot be encoded as
// JSON; a program that stores it writes its members.
type Token struct {
	Value Secret
	// Manage is the URL that rotates and revokes the token. "": the server gave
	// none, so the token can be neither rotated nor revoked.
	Manage string
	// ExpiresAt is by the client's clock. Zero: the server does not say, or says 0.
	ExpiresAt time.Time
	// Access is what the token allows. Nil: the server does not say.
	Access []Access
}

// A Grant is a server's answer to a grant request or a continuation. Until the
// user has consented it has neither Token nor Subject.
type Grant struct {
	Interact *Interact // of a grant request's answer, when the user's consent is needed
	// Continue is for the next request. It replaces the one before. It is zero if
	// a server that gave the Token at once gave nothing to continue with.
	Continue Continue
	Token    *Token
	Subject  string // the wallet address that was proven, if one was asked for
	// Pending is what to store until the browser comes back. It is of a grant request's
	// answer that has Interact, if the request had a Finish.
	Pending *PendingGrant
}

// Pending is what the finish of an interaction is verified against. It cannot be
// encoded as JSON: to store it, see [PendingGrant].
type Pending struct {
	GrantEndpoint string // the URL that the grant was requested at
	Nonce         Secret // ours, sent as interact.finish.nonce
	Finish        Secret // the server's, received as interact.finish
}
