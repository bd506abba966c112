package opclient

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// The refusals of a resource server. Each is [ErrRefused] too. The comments quote the
// answer of the reference implementation that each one stands for.
var (
	// ErrInactiveToken means that the access token was rotated or revoked, or has
	// expired. Rotate it, or request a new grant. 403 "Inactive Token".
	ErrInactiveToken = errors.New("the access token is not active")
	// ErrInsufficientGrant means that the grant does not allow this action on this
	// resource. 403 "Insufficient Grant".
	ErrInsufficientGrant = errors.New("the grant does not allow this")
	// ErrOverLimit means that the payment exceeds the grant's limit or goes to another
	// receiver than the grant's, or that the grant's interval has ended or has not
	// begun. The quote can still be used. 403 "unauthorized".
	ErrOverLimit = errors.New("the grant's limits do not allow this payment")
	// ErrServerUnavailable means that the resource server could not ask its
	// authorization server about the token. It did nothing; try again later. 401
	// "Invalid Token".
	ErrServerUnavailable = errors.New("the server cannot check the access token now")
	// ErrInvalidSignature means that the server did not accept the signature: the
	// client's wallet address does not publish this key under this id. 401 "Signature
	// validation error: …".
	ErrInvalidSignature = errors.New("the signature was not accepted")
	// ErrNotFound means that there is no such resource yet. It does not prove that a
	// payment was not made, because a payment is not found while the server makes it.
	// 401 "Unauthorized", and 404. [Client.WalletAddress] returns it for 404 and 410.
	ErrNotFound = errors.New("not found")
	// ErrInvalidQuote means that the quote has expired, was paid from before or is of
	// another wallet address, or that its receiver accepts no more or cannot be reached
	// now. Servers do not say which. After an unknown outcome call
	// [Client.FindOutgoingPayment] before you request another quote. 400 "invalid
	// quote"; 404 "unknown quote" is ErrNotFound too.
	ErrInvalidQuote = errors.New("the quote cannot be paid from")
	// ErrInvalidReceiver means that there is no such incoming payment, that it accepts
	// no more, or that the payer's wallet cannot reach it. 400 "invalid receiver".
	ErrInvalidReceiver = errors.New("the receiver cannot be paid")
	// ErrInvalidAmount means that the server does not accept the amount. 400 "invalid
	// amount".
	ErrInvalidAmount = errors.New("the amount is not valid here")
	// ErrAmountTooSmall means that nothing would arrive. [Error.Details] can have the
	// smallest amount. 400 "non-positive receive amount".
	ErrAmountTooSmall = errors.New("the amount is too small")
	// ErrWrongState means that the state of the resource does not allow this, such as
	// completing an incoming payment twice. 409 "wrong state".
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

// resourceError adds to a refusal of a resource server the error that it stands for.
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
