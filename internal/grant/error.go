package grant

import (
	"fmt"
	"time"
)

// Codes of an [Error]. Package httpapi has the HTTP status of each.
const (
	CodeInvalid             = "invalid_request"        // Field and Detail say what does not make sense
	CodeReturnURLRequired   = "return_url_required"    // and ALLOW_UNBOUND_GRANTS is not set
	CodeReturnURLNotAllowed = "return_url_not_allowed" // not in RETURN_URLS
	CodeReturnURLsMissing   = "return_urls_missing"    // RETURN_URLS is empty
	CodeNotFound            = "not_found"              // no such grant, or another owner's
	CodeNotGranted          = "not_granted"            // pending or processing
	CodeRejected            = "rejected"               // the user said no
	CodeExpired             = "expired"                // nobody consented in time
	CodeFailed              = "failed"                 // Detail says why
	CodeRevoked             = "revoked"
	CodeCodeRequired        = "code_required"
	CodeWrongCode           = "wrong_code"
	CodeInFlight            = "in_flight"              // the Idempotency-Key's first request is still under way
	CodeKeyReused           = "idempotency_key_reused" // the key was used with another body
	CodeBusy                = "busy"                   // somebody else holds the lease
	CodeLinkNotValid        = "link_not_valid"         // a finish without a good hash
	CodeWalletNotFound      = "wallet_not_found"       // no wallet address at the URL that the app gave
	CodeWalletRefused       = "wallet_refused"         // Upstream says how
	CodeWalletInvalid       = "wallet_answer_invalid"  // its answer is not Open Payments
	CodeWalletUnreachable   = "wallet_unreachable"
	CodeWalletTimeout       = "wallet_timeout"
	CodeNotRotated          = "not_rotated"     // no token that works, now
	CodeNotInteractive      = "not_interactive" // a token without asking the user
	CodeKeyRefused          = "key_refused"     // the wallet does not accept our signing key
	CodeKeyMissing          = "signing_key_missing"
	CodeKeyInvalid          = "signing_key_invalid"
	CodeKeyUnavailable      = "signing_key_unavailable" // it cannot be read now
	CodeStore               = "store_unavailable"
)

// Codes of a [Failure], and of an app's return without consent.
const (
	FailureLeft               = "interaction_left"    // the consent page was left, another grant took its place, or the result is not known
	FailureInteractionExpired = "interaction_expired" // consent came too late
	FailureInteractionUnknown = "interaction_unknown" // the wallet does not know it: cancelled

	FailureRefused        = "continue_refused" // the server refused the continuation
	FailureOutcomeUnknown = "outcome_unknown"  // the wallet may have issued a token, so the grant is cancelled
	FailureNeverClaimed   = "never_claimed"    // the code was not presented in time
	FailureTokenLost      = "token_lost"       // the token is gone, and with it the grant
	FailureRevoked        = "revoked_at_wallet"
	FailureSubject        = "subject_mismatch" // another wallet address was proven than the one asked for
)

// An Error is one that the caller may see: a stable code, a sentence that a person
// can act on, and no secret. Any other error is an internal one.
type Error struct {
	Code       string
	Detail     string
	Field      string        // the member of the request at fault, as the caller spelled it
	RetryAfter time.Duration // when to ask again; 0: no time is known
	Upstream   *Upstream     // what the wallet's server answered, if it did
	AppURL     string        // at the finish link: the app's page to go back to; empty: unknown
	Err        error         // the cause, for logs only
}

// Upstream is the answer of a wallet's server: its HTTP status, and the code and
// description of its error, if it gave them.
type Upstream struct {
	Status      int    `json:"status"`
	Code        string `json:"code,omitempty"`
	Description string `json:"description,omitempty"`
}

func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %s: %v", e.Code, e.Detail, e.Err)
	}
	return e.Code + ": " + e.Detail
}

func (e *Error) Unwrap() error { return e.Err }
