package opclient

import (
	"time"
)

// An Amount is a number of minor units: {"130", "USD", 2} is 1.30 USD.
type Amount struct {
	Value      string `json:"value"` // decimal digits, at most 2^64-1
	AssetCode  string `json:"assetCode"`
	AssetScale uint8  `json:"assetScale"`
}

// Limits of an outgoing payment. At most one of the amounts may be given.
type Limits struct {
	Receiver      string  `json:"receiver,omitempty"` // an incoming payment's URL
	DebitAmount   *Amount `json:"debitAmount,omitempty"`
	ReceiveAmount *Amount `json:"receiveAmount,omitempty"`
	Interval      string  `json:"interval,omitempty"` // ISO 8601: R/2025-04-22T08:00:00Z/P1D
}

// Types of [Access].
const (
	TypeOutgoingPayment = "outgoing-payment"
	TypeIncomingPayment = "incoming-payment"
	TypeQuote           = "quote"
)

// An Access is one item of access_token.access (RFC 9635 section 8).
type Access struct {
	Type       string   `json:"type"`
	Actions    []string `json:"actions"`
	Identifier string   `json:"identifier,omitempty"` // the wallet address that it is about
	Limits     *Limits  `json:"limits,omitempty"`
}

// A Finish says where the browser comes back to after the interaction
// (RFC 9635 section 2.5.2).
type Finish struct {
	URI   string
	Nonce Secret
}

// A GrantRequest asks for an access token, for proof of a subject, or both.
type GrantRequest struct {
	Access  []Access
	Subject string // a wallet address that the user shall prove to be theirs
	// Interact asks for an interaction by redirect; a Finish or a Subject implies it.
	Interact bool
	Finish   *Finish // nil: nobody is redirected, poll instead
}

// Interact is where the user consents (RFC 9635 section 3.3).
type Interact struct {
	Redirect  string        // the wallet's consent page
	Finish    Secret        // the server's nonce for the finish hash
	ExpiresIn time.Duration // 0: not told
}

// Continue is what a later request to the same grant needs (RFC 9635 section 3.1).
type Continue struct {
	URI   string
	Token Secret
	Wait  time.Duration // how long to wait before the next request; 0: not told
}

// A Token is an access token (RFC 9635 section 3.2.1).
type Token struct {
	Value     Secret
	Manage    string    // rotates and revokes it
	ExpiresAt time.Time // by our clock; zero: not told
	Access    []Access
}

// A Grant is a server's answer to a grant request or a continuation. Until the
// user has consented it has neither Token nor Subject.
type Grant struct {
	Interact *Interact // of a grant request's answer, when the user's consent is needed
	Continue Continue  // for the next request; it replaces the one before
	Token    *Token
	Subject  string // the wallet address that was proven, if one was asked for
}

// Pending is what the finish of an interaction is verified against.
type Pending struct {
	GrantEndpoint string // the URL that the grant was requested at
	Nonce         Secret // ours, sent as interact.finish.nonce
	Finish        Secret // the server's, received as interact.finish
}
