// Package simulate lets the schedule keep millions of grants over months, on a
// clock that the simulation moves. The planner, the workers and the circuit
// breakers are the real ones; the store and the wallets are compact models.
//
// The short form runs with the other tests. `make simulate` runs ten million
// grants.
package simulate
