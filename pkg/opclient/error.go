package opclient

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/opgrants/opgrants/internal/netguard"
)

// What is known of a failed request. Test with [errors.Is].
var (
	// ErrNotSent: no connection to the server was obtained; it saw nothing.
	ErrNotSent = errors.New("not sent")
	// ErrOutcomeUnknown: the request was sent, and no usable answer came: a
	// broken connection, a timeout, a 5xx, or a 2xx whose body makes no sense.
	// The server may or may not have acted.
	ErrOutcomeUnknown = errors.New("outcome unknown")
	// ErrRefused: the server said no (4xx).
	ErrRefused = errors.New("refused")
	// ErrInvalidAnswer: the server answered, but not as Open Payments says. An
	// invalid answer to a request that changes something is ErrOutcomeUnknown too.
	ErrInvalidAnswer = errors.New("invalid answer")
	// ErrTimeout: no complete answer within the time limit.
	ErrTimeout = errors.New("timed out")
	// ErrForbiddenAddress: the URL may not be dialled (not https, another port
	// than 443, user information, or a private address).
	ErrForbiddenAddress = netguard.ErrForbidden
	// ErrHash: the finish redirect does not carry the hash of this grant.
	ErrHash = errors.New("hash does not match")
)

// Error codes of RFC 9635 section 3.6 and of Open Payments that a caller acts on.
const (
	CodeTooFast             = "too_fast"
	CodeInvalidClient       = "invalid_client"
	CodeInvalidContinuation = "invalid_continuation"
	CodeInvalidRotation     = "invalid_rotation"
	CodeRequestDenied       = "request_denied"
	CodeUserDenied          = "user_denied"
	CodeInvalidRequest      = "invalid_request"
)

// An Error is a failed request to a wallet. It never holds a secret.
type Error struct {
	Op  string // what was tried: "read the wallet address", "request the grant", …
	URL string // without its query
	// Status, Code and Description are the server's words; Status 0 means that it
	// did not answer, an empty Code that it gave none.
	Status            int
	Code, Description string
	// GNAP is set if the answer carried an error of RFC 9635 section 3.6, as an
	// object or as a string.
	GNAP       bool
	RetryAfter time.Duration // that the server asked for; 0: it did not
	// Err is what happened, for [errors.Is]: one or more of the Err… values above
	// and the cause.
	Err error
}

// Error is for logs: it names the operation, the URL and what the server said.
func (e *Error) Error() string {
	s := fmt.Sprintf("%s at %s", e.Op, e.URL)
	if e.Status != 0 {
		s += fmt.Sprintf(": %d", e.Status)
	}
	if e.Code != "" {
		s += " " + e.Code
	}
	if e.Description != "" {
		s += fmt.Sprintf(" %q", e.Description)
	}
	return fmt.Sprintf("%s: %v", s, e.Err)
}

// Unwrap gives what happened to [errors.Is] and [errors.As].
func (e *Error) Unwrap() error { return e.Err }

// HasCode reports whether err is an [Error] in which the server gave that code.
func HasCode(err error, code string) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code
}

// IsGone reports whether the answer to a cancel, or to a question at the continue
// URI, says that the grant no longer exists there.
func IsGone(err error) bool {
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, ErrRefused) {
		return false
	}
	switch e.Status {
	case http.StatusUnauthorized:
		return e.Code == CodeInvalidContinuation
	case http.StatusNotFound:
		return e.Code == CodeInvalidContinuation || e.Code == CodeInvalidRequest && e.Description == "unknown grant"
	}
	return false
}

// An InvalidError says that a request makes no sense; nothing was sent.
type InvalidError struct {
	Field  string // as Open Payments spells it: "limits.debitAmount.value"
	Reason string // a sentence that says what to do
}

// Error names the field and says what to do.
func (e *InvalidError) Error() string { return e.Field + ": " + e.Reason }
