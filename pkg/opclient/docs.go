// Package opclient is a client for Open Payments. It reads wallet addresses, requests
// grants from authorization servers (GNAP, RFC 9635), verifies the finish of an
// interaction, continues grants, and rotates and revokes access tokens. It signs each
// request with the client's Ed25519 key (RFC 9421, package
// [github.com/opgrants/opgrants/pkg/httpsig]).
//
// With an access token it creates, reads and lists incoming payments, quotes and
// outgoing payments at a resource server.
//
// # Errors
//
// A request that makes no sense is an [*InvalidError] and is not sent. Every other
// request that fails returns an [*Error], which is of one or more of these kinds:
//
//   - [ErrNotSent], [ErrOutcomeUnknown] and [ErrRefused] say whether the server can
//     have acted. After ErrNotSent and ErrRefused it has not.
//   - [ErrTimeout], [ErrForbiddenAddress], [ErrInvalidAnswer], [ErrWebPage],
//     [ErrNotFound] and [ErrTooManyRequests] say why.
//   - [ErrInactiveToken], [ErrInsufficientGrant], [ErrOverLimit],
//     [ErrServerUnavailable], [ErrInvalidSignature], [ErrInvalidQuote],
//     [ErrInvalidReceiver], [ErrInvalidAmount], [ErrAmountTooSmall] and
//     [ErrWrongState] are refusals of a resource server.
//
// [HasCode] tests for an error code of RFC 9635, and [IsGone] for a grant that no
// longer exists. A finish that cannot be verified is [ErrHash]. A [FinishHandler] has
// [ErrNotWaiting], [ErrUserRefused] and [ErrNotConsented] too. A quote from which no
// payment was found is [ErrNotPaid].
//
// # Retries
//
// The client sends a request that changes something once, with one exception: see
// [Client.RequestGrant]. It sends a request that only reads again, once, after a
// connection error. Each time it signs the request anew.
//
// # Answers
//
// An answer must have what the OpenAPI documents of Open Payments require. The client
// ignores members that they do not describe, unless such a member can limit a grant:
// see [Access]. A URL from outside must be https and at a public address, unless
// [Config.InsecureAllowLocal] is set. A URL for a later request must be at the server
// that gave it.
package opclient
