package opclient

import (
	"errors"
	"fmt"
	"strings"
)

// What a payer meets at a resource server; each is [ErrRefused] too.
var (
	// ErrInactiveToken: the access token has expired, or was rotated or revoked.
	// Rotate it, or ask for a new grant. Some servers say the same of a resource
	// that they do not know.
	ErrInactiveToken = errors.New("the access token is not active")
	// ErrInsufficientGrant: the grant does not allow it: not this action, not to
	// this receiver, or less is left of its amount than the payment needs.
	ErrInsufficientGrant = errors.New("the grant does not allow this")
	// ErrInvalidQuote: the quote has expired, or was paid from before, or its
	// receiver takes no more, or nobody knows it; servers do not say which. After a
	// try of unknown outcome see [Client.FindOutgoingPayment] before you ask for
	// another quote.
	ErrInvalidQuote = errors.New("the quote cannot be paid from")
	// ErrInvalidReceiver: there is no such incoming payment, it takes no more, or it
	// cannot be reached from the payer's wallet.
	ErrInvalidReceiver = errors.New("the receiver cannot be paid")
)

// payersError adds to a refusal what it means. The OpenAPI file has no codes for
// that, and a code of the reference implementation repeats its status, so the
// words decide. They are those of Rafiki's backend, in lower case
// (src/open_payments: auth/middleware.ts, quote/errors.ts and
// payment/outgoing/errors.ts); its older releases sent them as plain text.
func payersError(err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	words := strings.ToLower(e.Description)
	var means error
	switch e.Status {
	case 400:
		means = map[string]error{"invalid quote": ErrInvalidQuote, "invalid receiver": ErrInvalidReceiver}[words]
	case 401:
		if !strings.HasPrefix(words, "signature validation error") { // it is the key, not the token
			means = ErrInactiveToken
		}
	case 403: // "unauthorized" is a limit that does not suffice
		means = map[string]error{
			"inactive token": ErrInactiveToken, "insufficient grant": ErrInsufficientGrant, "unauthorized": ErrInsufficientGrant,
		}[words]
	case 404:
		means = map[string]error{"unknown quote": ErrInvalidQuote}[words]
	}
	if means != nil {
		e.Err = fmt.Errorf("%w: %w", e.Err, means)
	}
	return err
}
