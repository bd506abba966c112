package simulate

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// A report is what became of the grants.
type report struct {
	lost       int           // grants whose wallet forgot them
	latest     time.Duration // of a rotation at a host that always answered, outside the store's outage and the day after
	afterPause time.Duration // of one within that day
	deadCalls  int           // to hosts that did not answer
	perHost    []uint32      // calls of this minute
	busiest    uint32        // calls of one host in one minute

	firsts [shards]int
}

// first is the first minute of a wheel that may have an entry.
func (r *report) first(shard string, wheel [][]uint32, last int) int {
	f := &r.firsts[shard[0]-'0']
	for *f < last-1 && wheel[*f] == nil {
		*f++
	}
	return *f
}

func (r *report) rotated(late, now time.Duration, healthy bool, outage span) {
	if !healthy {
		return
	}
	if now >= outage.from && now < outage.to+24*time.Hour {
		r.afterPause = max(r.afterPause, late)
		return
	}
	r.latest = max(r.latest, late)
}

// endMinute counts the calls of each host in the minute that ends.
func (r *report) endMinute() {
	for h, n := range r.perHost {
		r.busiest = max(r.busiest, n)
		r.perHost[h] = 0
	}
}

// costs counts what is billed.
type costs struct {
	runs, queries, moves, tasks, rotations, failures, breakerReads, breakerWrites int
}

// Prices in US dollars, us-east-1, on demand, read in November 2026.
const (
	perWriteUnit     = 0.625 / 1e6
	perReadUnit      = 0.125 / 1e6
	perSQSRequest    = 0.40 / 1e6
	perFairRequest   = 0.10 / 1e6 // in addition, if the message has a group
	perInvocation    = 0.20 / 1e6
	perGBSecond      = 0.0000133334 // arm64
	perScheduled     = 1.00 / 1e6
	functionGB       = 0.5
	plannerSeconds   = 0.1  // of a run that finds nothing
	taskSeconds      = 0.5  // a rotation, in a batch of which ten are done at once
	batch            = 10   // tasks in a message batch
	parallelTasks    = 10   // in one invocation of the worker
	idlePolls        = 15.0 // requests a minute by which Lambda's five pollers look at an empty queue
	minutesPerMonth  = 30 * 24 * 60
	queriesPerRun    = shards
	unitsPerQuery    = 0.5 // eventually consistent
	moveWriteUnits   = 3   // the item, and the index twice: an entry goes and one comes
	rotateWriteUnits = 4   // the lease; the token, and the index twice
	rotateReadUnits  = 1
	failWriteUnits   = 2 // the lease, and giving it back: the due time stays
	breakerReadUnits = 1 // consistent
)

// A bill is the price of a month.
type bill struct{ reads, writes, sqs, lambda, scheduler float64 }

func (b bill) total() float64 { return b.reads + b.writes + b.sqs + b.lambda + b.scheduler }

// monthly is the bill of a month like those that were simulated.
func (c costs) monthly(length time.Duration) bill {
	months := length.Hours() / (30 * 24)
	fair := float64(c.tasks) / batch * 3
	idle := idlePolls * minutesPerMonth * months
	seconds := float64(c.runs)*plannerSeconds + float64(c.moves)*0.002 + float64(c.tasks)*taskSeconds/parallelTasks
	invocations := float64(c.runs) + float64(c.tasks)/batch
	return bill{
		reads:     (float64(c.queries)*unitsPerQuery + float64(c.tasks)*rotateReadUnits + float64(c.breakerReads)*breakerReadUnits) * perReadUnit / months,
		writes:    (float64(c.moves)*moveWriteUnits + float64(c.rotations)*rotateWriteUnits + float64(c.failures)*failWriteUnits + float64(c.breakerWrites)) * perWriteUnit / months,
		sqs:       (fair*(perSQSRequest+perFairRequest) + idle*perSQSRequest) / months,
		lambda:    (invocations*perInvocation + seconds*functionGB*perGBSecond) / months,
		scheduler: float64(c.runs) * perScheduled / months,
	}
}

// print writes the table of docs/costs.md and docs/reliability.md.
func (w *world) print(out io.Writer, length time.Duration) {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	c, r, b := w.costs, w.report, w.costs.monthly(length)
	for _, row := range [][2]any{
		{"grants", len(w.due)},
		{"wallet hosts", len(w.names)},
		{"days", int(length.Hours() / 24)},
		{"consents lost", r.lost},
		{"rotations", c.rotations},
		{"latest rotation at a wallet that answers", r.latest},
		{"latest rotation within a day of the store's outage", r.afterPause},
		{"calls to wallets that do not answer", r.deadCalls},
		{"most calls of one wallet host in a minute", r.busiest},
		{"planner runs", c.runs},
		{"reads of the calendar", c.queries},
		{"writes that hand out or park", c.moves},
		{"reads / writes of circuit breakers", fmt.Sprintf("%d / %d", c.breakerReads, c.breakerWrites)},
		{"USD a month", fmt.Sprintf("%.2f (DynamoDB reads %.2f, writes %.2f; SQS %.2f; Lambda %.2f; Scheduler %.2f)",
			b.total(), b.reads, b.writes, b.sqs, b.lambda, b.scheduler)},
	} {
		_, _ = fmt.Fprintf(t, "%v\t%v\n", row[0], strings.TrimSpace(fmt.Sprint(row[1])))
	}
	_ = t.Flush()
}
