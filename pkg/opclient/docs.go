// Package opclient is a client for Open Payments: it reads wallet addresses,
// asks authorization servers for grants (GNAP, RFC 9635), verifies the finish
// of an interaction, continues grants and keeps their access tokens alive. Each
// request is signed with the client's Ed25519 key (RFC 9421, package
// [github.com/opgrants/opgrants/pkg/httpsig]).
//
// With a token it makes, reads and lists incoming payments, quotes and outgoing
// payments at a wallet's resource server. What a payer meets there has errors of
// its own: [ErrInactiveToken], [ErrInsufficientGrant], [ErrInvalidQuote],
// [ErrInvalidReceiver].
//
// The client sends each request once. Errors tell whether it was sent at all
// ([ErrNotSent]) and whether its outcome is known ([ErrOutcomeUnknown]), so that
// the caller can decide; a call that is made again is signed anew.
//
// What a server's answer must hold is what the OpenAPI documents of Open Payments
// require; members that they do not know are ignored. URLs that come from
// outside must be https and on public addresses, unless
// [Config.InsecureAllowLocal] opens that for development; those for a later
// request must be at the server that gave them.
package opclient
