// Package httpsig signs and verifies HTTP requests with Ed25519 (RFC 9421, HTTP
// Message Signatures), and computes and verifies digests of their content (RFC 9530).
// It works for any protocol over HTTP. By default a signature covers the components
// that GNAP requires (RFC 9635 section 7.3.1).
//
// Of RFC 9421 it supports:
//
//   - the algorithm ed25519;
//   - the derived components @method, @target-uri, @authority, @scheme, @path and
//     @query;
//   - header fields, also those with several values, without component parameters;
//   - the signature parameters created, expires, keyid, nonce and tag, and alg in
//     signatures that it verifies;
//   - at most 64 components in a signature.
//
// A [Verifier] refuses a signature that uses anything else. It never verifies a part
// of a signature.
//
// Errors repeat at most 64 characters of each thing that a request says.
package httpsig
