// Package httpsig signs and verifies HTTP requests as RFC 9421 (HTTP Message
// Signatures) says, with Ed25519, and computes and verifies the digests of
// RFC 9530. It knows HTTP and no protocol on top of it; the components that are
// covered by default are those that GNAP asks for (RFC 9635 section 7.3.1).
//
// Of RFC 9421 it has: the algorithm ed25519; the derived components @method,
// @target-uri, @authority, @scheme, @path and @query; header fields, repeated
// ones included, without component parameters; the signature parameters
// created, expires, keyid, nonce and tag, and alg when reading. A message that
// needs more is refused, never verified in part.
package httpsig
