package opclient

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// What a resource server refuses with. Each is [ErrRefused] too. The comments say
// which answer of the reference implementation each one stands for.
var (
	// ErrInactiveToken: the access token was rotated away or revoked, or has
	// expired. Rotate it, or ask for a new grant. 403 "Inactive Token".
	ErrInactiveToken = errors.New("the access token is not active")
	// ErrInsufficientGrant: the grant does not allow this action, or not on this
	// resource. 403 "Insufficient Grant".
	ErrInsufficientGrant = errors.New("the grant does not allow this")
	// ErrOverLimit: the payment is over the grant's limit, goes to another receiver
	// than the grant's, or the grant's interval is over or has not begun. The quote
	// can still be used. 403 "unauthorized".
	ErrOverLimit = errors.New("the grant's limits do not allow this payment")
	// ErrServerUnavailable: the resource server could not ask its authorization
	// server about the token. Nothing was done; try again later. 401 "Invalid Token".
	ErrServerUnavailable = errors.New("the server cannot check the access token now")
	// ErrInvalidSignature: the server did not accept the signature: the key or its
	// id is not the one that the client's wallet address publishes. 401 "Signature
	// validation error: …".
	ErrInvalidSignature = errors.New("the signature was not accepted")
	// ErrNotFound: there is no such resource, yet. A payment that is still being
	// made is not found either, so this proves nothing about it. 401 "Unauthorized",
	// and 404. [Client.WalletAddress] returns it for 404 and 410.
	ErrNotFound = errors.New("not found")
	// ErrInvalidQuote: the quote has expired, was paid from before, is of another
	// wallet address, or its receiver takes no more or cannot be reached now.
	// Servers do not say which. After a try of unknown outcome see
	// [Client.FindOutgoingPayment] before you ask for another quote. 400 "invalid
	// quote"; 404 "unknown quote" is ErrNotFound too.
	ErrInvalidQuote = errors.New("the quote cannot be paid from")
	// ErrInvalidReceiver: there is no such incoming payment, it takes no more, or it
	// cannot be reached from the payer's wallet. 400 "invalid receiver".
	ErrInvalidReceiver = errors.New("the receiver cannot be paid")
	// ErrInvalidAmount: 400 "invalid amount".
	ErrInvalidAmount = errors.New("the amount is not valid here")
	// ErrAmountTooSmall: nothing would arrive. [Error.Details] may have the smallest
	// amount. 400 "non-positive receive amount".
	ErrAmountTooSmall = errors.New("the amount is too small")
	// ErrInvalidExpiry: the expiry of an incoming payment is past or too late. 400
	// "invalid expiresAt".
	ErrInvalidExpiry = errors.New("the expiry is not valid")
	// ErrWrongState: the resource is not in a state for this; completing an incoming
	// payment twice, for instance. 409 "wrong state".
	ErrWrongState = errors.New("the resource is in another state")
)

// meanings maps statuses and descriptions of Rafiki's backend, in lower case, to
// errors (src/open_payments: auth/middleware.ts, quote/errors.ts,
// payment/incoming/errors.ts and payment/outgoing/errors.ts). The OpenAPI file
// has no codes for them, and the code of the reference implementation repeats the
// status, so the words decide.
var meanings = map[int]map[string]error{
	http.StatusBadRequest: {
		"invalid quote":               ErrInvalidQuote,
		"invalid receiver":            ErrInvalidReceiver,
		"invalid amount":              ErrInvalidAmount,
		"non-positive receive amount": ErrAmountTooSmall,
		"invalid expiresat":           ErrInvalidExpiry,
	},
	http.StatusUnauthorized: {
		"invalid token": ErrServerUnavailable,
		"unauthorized":  ErrNotFound,
	},
	http.StatusForbidden: {
		"inactive token":     ErrInactiveToken,
		"insufficient grant": ErrInsufficientGrant,
		"unauthorized":       ErrOverLimit,
	},
	http.StatusConflict: {
		"wrong state": ErrWrongState,
	},
}

// resourceError adds to a refusal of a resource server what it means.
func resourceError(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	words := strings.ToLower(strings.TrimSpace(e.Description))
	means := meanings[e.Status][words]
	switch {
	case e.Status == http.StatusUnauthorized && strings.Contains(words, "signature"):
		means = ErrInvalidSignature
	case e.Status == http.StatusNotFound && words == "unknown quote":
		means = fmt.Errorf("%w: %w", ErrNotFound, ErrInvalidQuote)
	case e.Status == http.StatusNotFound:
		means = ErrNotFound
	}
	if means != nil {
		e.Err = fmt.Errorf("%w: %w", e.Err, means)
	}
	return err
}
