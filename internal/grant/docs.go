// Package grant is the life of a grant: from the request over the user's
// consent and the finish redirect to an access token, and to its end. It knows
// no AWS and no HTTP server; stores, the wallets' servers and the clock are
// interfaces. Every change of a grant is a compare-and-swap in the [Store], so
// that whoever moves a grant to processing is the only one that calls the
// authorization server.
package grant
