// Package payment is the life of a payment: from a request over its incoming payment
// and its quote to one outgoing payment, and until it is known what arrived. It knows
// neither AWS nor an HTTP server. The store, the grants and the wallets' servers are
// given to it.
//
// Every change of a payment is one transition in state*.go and one compare-and-swap in
// the [Store]. A write has three outcomes: saved, lost, unknown (save.go).
//
// The order of what happens is what keeps a payment from being made twice: the
// incoming payment and the quote, which move no money; the payment's item, with its
// lease, receiver and quote; the grant's item, with this payment in flight; the one
// POST; the payment's outcome; the grant, free again. See rules 13 and 14 in
// ARCHITECTURE.md.
package payment
