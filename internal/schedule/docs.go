// Package schedule gets done what is due, however much of it there is.
//
// A [Planner] finds what is due and hands it out to a [Queue]. A [Worker] takes
// one [Task] at a time from there and does it. A [Breaker] for each wallet host
// keeps a wallet that does not answer from costing the others their turn. See
// rule 12 in ARCHITECTURE.md.
//
// The package knows no grants: what is due, and how it is done, are interfaces.
package schedule
