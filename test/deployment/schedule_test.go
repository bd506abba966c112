//go:build tools

package deployment_test

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// A keeper is the planner and the worker under the emulator, with the queue
// between them.
type keeper struct {
	*deployment
	finding, keeping *emulated
}

func (d *deployment) keeper(t *testing.T) *keeper {
	t.Helper()
	return &keeper{d, emulate(t, "FindDue", d.environment()...), emulate(t, "KeepGrants", d.environment()...)}
}

// A planned is the answer of a run of the planner.
type planned struct {
	HandedOut, Probes, Parked int
	OldestSeconds             float64
	Left                      bool
	ErrorMessage              string
}

// A worked is what the workers have logged that they did.
type worked struct{ done, void, itemFailed, hostFailed, again int }

func (w worked) tasks() int { return w.done + w.void + w.itemFailed + w.hostFailed + w.again }

func (w worked) minus(before worked) worked {
	return worked{w.done - before.done, w.void - before.void, w.itemFailed - before.itemFailed, w.hostFailed - before.hostFailed, w.again - before.again}
}

// worked sums what a worker has logged.
func (f *emulated) worked() (sum worked) {
	for _, line := range f.lines("tasks done") {
		number := func(name string) int { n, _ := line[name].(float64); return int(n) }
		sum.done += number("done")
		sum.void += number("void")
		sum.itemFailed += number("item_failed")
		sum.hostFailed += number("host_failed")
		sum.again += number("delivered_again")
	}
	return sum
}

// run is a run of the schedule: what is due is found, and the worker gets each
// message that is on the queue, as Lambda hands it over.
func (k *keeper) run(t *testing.T) (plan planned, did worked) {
	t.Helper()
	k.finding.send(t, readEvent(t, "find-due.json"), &plan)
	if plan.ErrorMessage != "" {
		t.Fatalf("FindDue failed: %s", plan.ErrorMessage)
	}
	before, lines := k.keeping.worked(), len(k.keeping.lines("tasks done"))
	batch, handles := k.receive(t)
	if len(batch.Records) == 0 {
		return plan, worked{}
	}
	payload, err := json.Marshal(batch)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		events.SQSEventResponse
		ErrorMessage string
	}
	k.keeping.send(t, payload, &answer)
	if answer.ErrorMessage != "" {
		t.Fatalf("KeepGrants failed: %s", answer.ErrorMessage)
	}
	for _, failed := range answer.BatchItemFailures {
		delete(handles, failed.ItemIdentifier)
	}
	for _, handle := range handles {
		if _, err := k.sqs().DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: &k.queue, ReceiptHandle: &handle}); err != nil {
			t.Fatal(err)
		}
	}
	k.keeping.waitForLines("tasks done", lines+1)
	return plan, k.keeping.worked().minus(before)
}

// receive takes the messages from the queue that can be seen.
func (k *keeper) receive(t *testing.T) (batch events.SQSEvent, handles map[string]string) {
	t.Helper()
	out, err := k.sqs().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &k.queue, MaxNumberOfMessages: 10})
	if err != nil {
		t.Fatal(err)
	}
	handles = map[string]string{}
	for _, m := range out.Messages {
		batch.Records = append(batch.Records, events.SQSMessage{MessageId: *m.MessageId, Body: *m.Body, EventSource: "aws:sqs"})
		handles[*m.MessageId] = *m.ReceiptHandle
	}
	return batch, handles
}
