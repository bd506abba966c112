// Package opclient is a client for Open Payments: it reads wallet addresses,
// asks authorization servers for grants (GNAP, RFC 9635), verifies the finish
// of an interaction, continues grants and keeps their access tokens alive. Each
// request is signed with the client's Ed25519 key (RFC 9421, package
// [github.com/opgrants/opgrants/pkg/httpsig]).
//
// The client never repeats a request whose outcome is unknown; errors tell
// whether a request was sent at all ([ErrNotSent]) and whether its outcome is
// known ([ErrOutcomeUnknown]), so that the caller can decide.
package opclient
