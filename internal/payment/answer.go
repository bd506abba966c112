package payment

import (
	"errors"
	"fmt"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// An answer is what is known after the POST.
type answer int

const (
	answerMade     answer = iota
	answerUnknown         // it may have been made
	answerRefused         // the wallet says that it was not made
	answerInactive        // the token is not active: it was not made
	answerLater           // it was not made, and can be tried later
	answerNotSent         // the wallet saw nothing
)

// answerOf says what the answer to the POST means. Only the wallet's own error object
// decides, as something in front of it may have answered. 429 comes from there, and
// says that it passed nothing on. See rule 13 in ARCHITECTURE.md.
func answerOf(err error) answer {
	var said *opclient.Error
	var unsound *opclient.InvalidError
	switch {
	case err == nil:
		return answerMade
	case grant.IsNotSent(err), errors.As(err, &unsound):
		return answerNotSent
	case errors.Is(err, opclient.ErrTooManyRequests):
		return answerLater
	case !errors.As(err, &said) || !said.GNAP || !errors.Is(err, opclient.ErrRefused):
		return answerUnknown
	case errors.Is(err, opclient.ErrInactiveToken):
		return answerInactive
	case errors.Is(err, opclient.ErrServerUnavailable):
		return answerLater
	}
	return answerRefused
}

// refusalFailure is why a payment failed that the wallet refused to make.
func refusalFailure(err error) *grant.Failure {
	switch {
	case errors.Is(err, opclient.ErrInsufficientGrant), errors.Is(err, opclient.ErrOverLimit):
		return newFailure(FailureInsufficientGrant, "")
	case errors.Is(err, opclient.ErrInvalidQuote):
		return newFailure(FailureNotPayable, "The receiver has expired, takes no more, or cannot be reached now. Ask anew with another Idempotency-Key.")
	case errors.Is(err, opclient.ErrInvalidReceiver):
		return newFailure(FailureNotPayable, "")
	case errors.Is(err, opclient.ErrAmountTooSmall):
		return newFailure(FailureTooSmall, "")
	}
	detail := "The payer's wallet refused the payment."
	var said *opclient.Error
	if errors.As(err, &said) {
		detail += fmt.Sprintf(" It said: %d %q.", said.Status, limit(said.Description, 200))
	}
	return newFailure(FailureRefused, detail)
}

// notSent is what the app hears when no connection to the wallet was obtained.
func notSent(err error) error {
	e := grant.WalletError(err, "payment")
	if e.Code == grant.CodeWalletUnreachable || e.Code == grant.CodeWalletTimeout {
		e.Code, e.Detail = grant.CodeWalletTimeout, "The payer's wallet cannot be reached. Nothing was sent. Ask again with the same Idempotency-Key."
	}
	e.RetryAfter = max(e.RetryAfter, time.Second)
	return e
}

// tryLater is what the app hears when the wallet could not look at the payment.
func tryLater(err error) error {
	e := grant.WalletError(err, "payment")
	e.Code, e.Detail = CodeTryLater, "The payer's wallet cannot take the payment now. Nothing was sent. Ask again with the same Idempotency-Key."
	e.RetryAfter = max(e.RetryAfter, 5*time.Second)
	return e
}
