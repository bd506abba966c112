// Package faults lets each call that the service makes of its store and of a wallet
// go wrong in each way, and checks what is left. See docs/reliability.md.
package faults
