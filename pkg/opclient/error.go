package opclient

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/opgrants/opgrants/internal/netguard"
)

// What is known of a failed request. Test with [errors.Is].
var (
	// ErrNotSent means that no connection to the server was obtained: the server
	// saw nothing.
	ErrNotSent = errors.New("not sent")
	// ErrOutcomeUnknown means that the request was sent and no usable answer came:
	// a broken connection, a timeout, a 5xx, or a 2xx whose body makes no sense.
	// The server may or may not have acted. For a request that only reads, it just
	// means that there was no answer.
	ErrOutcomeUnknown = errors.New("outcome unknown")
	// ErrRefused means that the server refused the request (4xx).
	ErrRefused = errors.New("refused")
	// ErrTooManyRequests means 429: ask again after [Error.RetryAfter]. It is an
	// ErrRefused too.
	ErrTooManyRequests error = &class{"too many requests: try again later", ErrRefused}
	// ErrInvalidAnswer means that the server answered something that is not Open
	// Payments. For a request that changes something it is ErrOutcomeUnknown too.
	ErrInvalidAnswer = errors.New("invalid answer")
	// ErrWebPage means that the body of a refusal or a server error is a web page:
	// something in front of the server may have answered.
	ErrWebPage = errors.New("the answer is a web page")
	// ErrTimeout means that there was no complete answer within the time limit.
	ErrTimeout = errors.New("timed out")
	// ErrForbiddenAddress means that the URL may not be dialled: it is not https,
	// has another port than 443 or user information, or leads to a private address.
	ErrForbiddenAddress = netguard.ErrForbidden
	// ErrHash means that the finish redirect does not carry the hash of this grant.
	ErrHash = errors.New("hash does not match")
)

// A class is a kind of error that is of a more general kind too.
type class struct {
	text string
	is   error
}

func (c *class) Error() string { return c.text }

func (c *class) Unwrap() error { return c.is }

// Error codes of RFC 9635 section 3.6 and of Open Payments that a caller acts on.
const (
	CodeTooFast             = "too_fast"
	CodeInvalidClient       = "invalid_client"
	codeInvalidRequest      = "invalid_request"
	CodeInvalidContinuation = "invalid_continuation"
	CodeInvalidRotation     = "invalid_rotation"
	CodeRequestDenied       = "request_denied"
	CodeUserDenied          = "user_denied"
)

// An Error is a failed request to a wallet. It never holds a secret. All its
// texts have a length limit.
type Error struct {
	Op  string // what was tried: "read the wallet address", "request the grant", …
	URL string // without its query
	// Status, Code and Description are what the server said. Status 0 means that
	// there was no answer, an empty Code that the server gave none. The description
	// is of {"error":{"description"}}, and of the other forms in which servers and
	// what stands in front of them explain themselves: an OAuth error, a message, a
	// problem document, plain text. Code is never masked.
	Status            int
	Code, Description string
	// Details is what a resource server adds to its description, as JSON that may
	// be cut off. It is for people.
	Details string
	// GNAP reports that the answer carried the error of RFC 9635 section 3.6, an
	// object or a string, which resource servers send too. Without it, something in
	// front of the server may have answered.
	GNAP bool
	// RetryAfter is how long the server asks to wait, at most an hour. 0: it does
	// not say.
	RetryAfter time.Duration
	// Date is the answer's Date header: the server's clock. Of several answers, as
	// in [Client.FindOutgoingPayment], it is that of the first. Zero: none.
	Date time.Time
	// Err is what happened, for [errors.Is]: one or more of the Err… values and the
	// cause.
	Err error
}

// Error is for logs: it names the operation, the URL and what the server said.
func (e *Error) Error() string {
	s := fmt.Sprintf("%s at %s", e.Op, e.URL)
	if e.Status != 0 {
		s += fmt.Sprintf(": %d", e.Status)
	}
	if e.Code != "" && e.Code != strconv.Itoa(e.Status) {
		s += " " + e.Code
	}
	if e.Description != "" {
		s += fmt.Sprintf(" %q", e.Description)
	}
	return fmt.Sprintf("%s: %v", s, e.Err)
}

// Unwrap gives what happened to [errors.Is] and [errors.As].
func (e *Error) Unwrap() error { return e.Err }

// HasCode reports whether err is an [Error] in which the server refused with that
// code. The code of a 5xx does not count: the server may have acted all the same.
func HasCode(err error, code string) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == code && e.Status/100 != 5
}

// IsGone reports whether err, the error of [Client.Cancel] or [Client.Poll], says
// that the grant no longer exists at the server.
func IsGone(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	known := e.Code == CodeInvalidContinuation
	switch e.Status {
	case http.StatusUnauthorized:
		return known
	case http.StatusNotFound:
		// The loser of two DELETEs at once hears the latter.
		return known || e.Code == codeInvalidRequest && strings.EqualFold(e.Description, "unknown grant")
	}
	return false
}

// An InvalidError says that a request makes no sense. Nothing was sent.
type InvalidError struct {
	Field  string // as Open Payments spells it: "limits.debitAmount.value"
	Reason string // a sentence that says what to do
}

// Error names the field and says what to do.
func (e *InvalidError) Error() string { return e.Field + ": " + e.Reason }
