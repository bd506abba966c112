package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/invocation"
	"github.com/opgrants/opgrants/internal/keeping"
	"github.com/opgrants/opgrants/internal/schedule"
	"github.com/opgrants/opgrants/internal/telemetry"
)

// lastPage is kept of a planner's time. A page of what is due that is begun is
// moved and sent in it: what was moved and not sent is due again an hour later.
const lastPage = 10 * time.Second

// A Planner is the function that finds the grants and payments that are due. A
// schedule invokes it: it puts a task for each of them on the queue. An operator invokes
// it to list the grants that were given up, or to have one tried again. It is a
// lambda.Handler.
type Planner struct {
	planner     *schedule.Planner
	operator    *keeping.Operator
	broken      error // nil, or why it can do nothing
	log         *slog.Logger
	counter     *telemetry.Counter
	invocations invocation.Invocations
}

// A NewQueue makes the queue that takes the tasks.
type NewQueue func(*config.Planner, aws.CredentialsProvider, *http.Client) schedule.Queue

// NewPlanner is [New] for the function that finds what is due.
func NewPlanner(ctx context.Context, getenv func(string) string, out io.Writer, newQueue NewQueue) *Planner {
	out = telemetry.Lines(out) // for the log and the counts
	c, err := config.PlannerFromEnv(getenv)
	if err != nil {
		log := newLogger(out, config.TelemetryFromEnv(getenv), getenv)
		log.ErrorContext(ctx, "this function does nothing until its configuration is mended", slog.Any("error", err))
		return &Planner{broken: err, log: log}
	}
	p := &Planner{
		log:     newLogger(out, c.Telemetry, getenv),
		counter: &telemetry.Counter{Out: out, Namespace: c.Telemetry.Namespace, Service: c.Telemetry.Service},
	}
	if c.InsecureAllowLocal {
		p.log.WarnContext(ctx, insecureWarning)
	}
	client, role := newHTTPClient(), credentials(getenv)
	p.planner, p.operator = newPlanning(newDynamoDB(c.AWS, role, client), c.GrantsTable, p.log)
	p.planner.Queue = newQueue(c, role, client)
	p.planner.Log = p.log
	return p
}

// A plannerEvent is what the planner may be invoked with. Without list and retry
// it is a run of the schedule.
type plannerEvent struct {
	ID    string // of an event of EventBridge Scheduler
	List  string // givenUp: the grants that were given up
	From  string // with List: the next of the part before; empty: the first part
	Retry string // the id of a grant that was given up
}

const (
	givenUp  = "given-up"
	listPart = 100 // grants in one answer
)

// Invoke does one run and answers with what it handed out, or does what an
// operator asks for. A run that could not hand out everything it found fails, so
// that Lambda counts an error: the next one tries again.
func (p *Planner) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var event plannerEvent
	_ = json.Unmarshal(payload, &event) // a person may invoke it with anything
	ctx, end := p.invocations.Begin(ctx, event.ID, lastPage)
	defer end()
	answer, err := p.answer(ctx, event)
	if err != nil {
		p.log.ErrorContext(ctx, "the planner failed", slog.Any("error", err))
		return nil, err
	}
	return json.Marshal(answer)
}

func (p *Planner) answer(ctx context.Context, event plannerEvent) (any, error) {
	switch {
	case p.broken != nil:
		return nil, p.broken
	case event.List != "" && event.Retry != "":
		return nil, errors.New("the event has both list and retry; send one of them")
	case event.List == givenUp:
		return p.operator.List(ctx, event.From, listPart)
	case event.List != "":
		return nil, fmt.Errorf("cannot list %q; what can be listed is %q", event.List, givenUp)
	case event.Retry != "":
		err := p.operator.Retry(ctx, event.Retry)
		if errors.Is(err, grant.ErrNotFound) { // the store calls a grant an item, the operator does not
			err = errors.New("there is no such grant")
		}
		if err != nil {
			return nil, fmt.Errorf("try grant %s again: %w", event.Retry, err)
		}
		return map[string]string{"retried": event.Retry}, nil
	}
	return p.run(ctx)
}

// A planReport is the answer to a run of the schedule.
type planReport struct {
	HandedOut     int     `json:"handedOut"`
	Probes        int     `json:"probes"`
	Parked        int     `json:"parked"`
	OldestSeconds float64 `json:"oldestSeconds"`
	Left          bool    `json:"left"`
}

func (p *Planner) run(ctx context.Context) (*planReport, error) {
	count := func(_ context.Context, m grant.Metric, code string, n int) { p.counter.Count(string(m), code, n) }
	plan, err := keeping.Plan(ctx, p.planner, p.log, count) // which logs it
	if plan.HandedOut > 0 {
		count(ctx, grant.TaskHandedOut, "", plan.HandedOut)
	}
	if plan.Oldest > 0 {
		p.counter.Seconds(string(grant.OldestDue), plan.Oldest.Seconds())
	}
	return &planReport{plan.HandedOut, plan.Probes, plan.Parked, plan.Oldest.Seconds(), plan.Left}, err
}
