// Package grant is the life of a grant: from the request over the user's consent
// and the finish redirect to an access token, and to its end. It knows neither
// AWS nor an HTTP server. The store, the wallets' servers and the clock are
// interfaces.
//
// Every change of a grant is one transition in state*.go and one compare-and-swap
// in the [Store]. A write has three outcomes: saved, lost, unknown (save.go).
// Each operation has a file: request.go, finish.go, token.go, delete.go, keep.go.
package grant
