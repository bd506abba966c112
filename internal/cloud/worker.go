package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/invocation"
	"github.com/opgrants/opgrants/internal/keeping"
	"github.com/opgrants/opgrants/internal/schedule"
	"github.com/opgrants/opgrants/internal/telemetry"
)

// lastTask is kept of an invocation's time. A task that is begun is brought to
// its end: a rotation with its save, a cancel, or a look at a payment takes 28 s at
// most.
const lastTask = 30 * time.Second

// codeTaskFailed is the code of a [telemetry.ServerFault] of a batch in which a task
// failed because of the store or the key. The task's own line says which.
const codeTaskFailed = "task_failed"

var errNoTime = errors.New("the function's timeout leaves no time to do a task: set it to a minute")

// A Worker is the function that does the tasks which a planner has put on the
// queue. Lambda invokes it with some of them at once. It is a lambda.Handler.
type Worker struct {
	worker      *schedule.Worker
	count       func(context.Context, grant.Metric, string, int)
	countFault  func(ctx context.Context, code string)
	broken      error // nil, or why it can do nothing
	log         *slog.Logger
	invocations invocation.Invocations
}

// NewWorker is [New] for the function that keeps grants and follows payments.
func NewWorker(ctx context.Context, getenv func(string) string, out io.Writer) *Worker {
	w, err := start(ctx, getenv, out)
	if err != nil {
		return &Worker{broken: err, log: w.log}
	}
	doer := &keeping.Doer{Grants: w.grants, Payments: w.payments}
	k := &Worker{worker: newWorker(w.dynamo, w.config.GrantsTable, doer, w.log), count: w.grants.Count, countFault: w.countFault, log: w.log}
	k.worker.Opened = func() { k.count(ctx, grant.BreakerOpened, "", 1) }
	return k
}

// Invoke does the tasks of a batch side by side, and answers with the messages
// that SQS must deliver again: those that the store kept from being done, and
// those that are no task. SQS moves a message that was delivered too often to
// the dead-letter queue. After an error all messages of the batch are delivered
// again.
func (w *Worker) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	id := ""
	if c, ok := lambdacontext.FromContext(ctx); ok {
		id = c.AwsRequestID // a batch has no id of its own
	}
	ctx, end := w.invocations.Begin(ctx, id, lastTask)
	defer end()
	answer, err := w.batch(ctx, payload)
	if err != nil {
		w.log.ErrorContext(ctx, "no task of this batch was done", slog.Any("error", err))
		return nil, err
	}
	return json.Marshal(answer)
}

func (w *Worker) batch(ctx context.Context, payload []byte) (*events.SQSEventResponse, error) {
	if w.broken != nil {
		return nil, w.broken
	}
	var batch events.SQSEvent
	if err := json.Unmarshal(payload, &batch); err != nil {
		return nil, fmt.Errorf("the event is not one of an SQS queue: %w", err)
	}
	if len(batch.Records) == 0 {
		return nil, errors.New("the event has no messages of an SQS queue")
	}
	if ctx.Err() != nil {
		return nil, errNoTime
	}
	b := &batchReport{answer: events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}}
	var all sync.WaitGroup
	for _, message := range batch.Records {
		all.Go(func() {
			r, isTask := w.message(ctx, message)
			b.add(message.MessageId, r, isTask)
		})
	}
	all.Wait()
	if b.faulty {
		w.countFault(ctx, codeTaskFailed)
	}
	w.log.InfoContext(ctx, "tasks done", slog.Int("done", b.counts[schedule.Done]), slog.Int("void", b.counts[schedule.Void]),
		slog.Int("item_failed", b.counts[schedule.ItemFailed]), slog.Int("host_failed", b.counts[schedule.HostFailed]),
		slog.Int("delivered_again", len(b.answer.BatchItemFailures)))
	return &b.answer, nil
}

// A batchReport collects what became of the messages of a batch.
type batchReport struct {
	mu     sync.Mutex
	counts [schedule.StoreFailed + 1]int
	faulty bool // a task failed because of the store or the key
	answer events.SQSEventResponse
}

func (b *batchReport) add(id string, r schedule.Result, isTask bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts[r]++
	if r == schedule.StoreFailed {
		b.faulty = b.faulty || isTask
		b.answer.BatchItemFailures = append(b.answer.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: id})
	}
}

// message does the task of one message. What is no task must be delivered again,
// which brings it to the dead-letter queue: nobody but us writes to this one.
func (w *Worker) message(ctx context.Context, m events.SQSMessage) (r schedule.Result, isTask bool) {
	ctx = telemetry.With(ctx, slog.String("message_id", m.MessageId))
	var t schedule.Task
	if err := json.Unmarshal([]byte(m.Body), &t); err != nil || t.ID == "" || t.Host == "" || t.Due <= 0 {
		w.log.ErrorContext(ctx, "a message is no task", slog.Int("bytes", len(m.Body)), slog.Any("error", err))
		w.count(ctx, grant.TaskInvalid, "", 1)
		return schedule.StoreFailed, false
	}
	return w.worker.Work(ctx, t), true
}
