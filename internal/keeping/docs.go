// Package keeping keeps grants by the schedule: it connects the grants and their
// store with package schedule. See rule 12 in ARCHITECTURE.md.
//
// A planner of the grants is a [schedule.Planner] over a [Calendar] and a
// [BreakerStore]; a worker is a [schedule.Worker] with a [Doer] and the same
// BreakerStore. An [Operator] lists what was given up, and has it tried again.
package keeping
