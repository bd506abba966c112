package cloud_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/opgrants/opgrants/internal/cloud"
)

var _ lambda.Handler = (*cloud.Worker)(nil)

// within is the context of an invocation that Lambda ends after d.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func readEvent(t *testing.T, name string) []byte {
	t.Helper()
	payload, err := os.ReadFile("../../events/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// messages is an event of the queue with these bodies. Their ids are m0, m1, …
func messages(t *testing.T, bodies ...string) []byte {
	t.Helper()
	var e events.SQSEvent
	for i, body := range bodies {
		e.Records = append(e.Records, events.SQSMessage{MessageId: fmt.Sprintf("m%d", i), Body: body, EventSource: "aws:sqs"})
	}
	payload, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

func taskOf(grant string) string {
	return `{"id":"` + grant + `","host":"wallet.example","due":1745312400000}`
}

func TestAMessageIsDeliveredAgainIfItsTaskCouldNotBeDone(t *testing.T) {
	for _, tc := range []struct {
		name   string
		bodies []string
		again  string
	}{
		{"the grants are gone", []string{taskOf("g1"), taskOf("g2")}, `[]`},
		{"one cannot be read", []string{taskOf("g1"), taskOf("unreadable")}, `[{"itemIdentifier":"m1"}]`},
		{"one is no JSON", []string{"<task/>", taskOf("g1")}, `[{"itemIdentifier":"m0"}]`},
		{"one names no grant", []string{`{"host":"wallet.example","due":1}`}, `[{"itemIdentifier":"m0"}]`},
		{"one names no host", []string{`{"id":"g1","due":1}`}, `[{"itemIdentifier":"m0"}]`},
		{"one is never due", []string{`{"id":"g1","host":"wallet.example"}`}, `[{"itemIdentifier":"m0"}]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var log bytes.Buffer
			w := cloud.NewWorker(t.Context(), environment(newAWS(t, someKey).URL, nil), &log)
			log.Reset() // of what was said at the start
			answer, err := w.Invoke(within(t, time.Minute), messages(t, tc.bodies...))
			if want := `{"batchItemFailures":` + tc.again + `}`; err != nil || string(answer) != want {
				t.Errorf("answered %s, %v, want %s\n%s", answer, err, want, &log)
			}
			noTask := strings.HasPrefix(tc.name, "one is") || strings.HasPrefix(tc.name, "one names")
			if counted := strings.Contains(log.String(), `"TaskInvalid":1`) && strings.Contains(log.String(), `"message_id":"m0"`); counted != noTask {
				t.Errorf("what is no task was counted and named: %t, want %t\n%s", counted, noTask, &log)
			}
		})
	}
}

// A payment that is due is looked at, not a grant with its id.
func TestATaskOfAPaymentFollowsIt(t *testing.T) {
	aws := newAWS(t, someKey)
	var log bytes.Buffer
	w := cloud.NewWorker(t.Context(), environment(aws.URL, nil), &log)
	answer, err := w.Invoke(within(t, time.Minute), messages(t, taskOf("payment#g1"), taskOf("g2")))
	if err != nil || string(answer) != `{"batchItemFailures":[]}` {
		t.Errorf("answered %s, %v\n%s", answer, err, &log)
	}
	for _, key := range []string{`{"S":"payment#g1"}`, `{"S":"g2"}`} {
		if n := aws.asked("GetItem", key); n != 1 {
			t.Errorf("%s was read %d times", key, n)
		}
	}
}

func TestTheTasksOfABatchAreDoneSideBySide(t *testing.T) {
	aws := newAWS(t, someKey)
	w := cloud.NewWorker(t.Context(), environment(aws.URL, nil), &bytes.Buffer{})
	var all sync.WaitGroup
	all.Add(10)
	var bodies []string
	for i := range 10 {
		bodies = append(bodies, strings.Replace(taskOf(fmt.Sprintf("g%d", i)), "wallet", fmt.Sprintf("wallet%d", i), 1))
	}
	var mu sync.Mutex
	asked := 0
	aws.answer = func(string) { // of the first ten questions, none is answered before all are asked
		mu.Lock()
		asked++
		first := asked <= 10
		mu.Unlock()
		if first {
			all.Done()
			all.Wait()
		}
	}
	answer, err := w.Invoke(within(t, time.Minute), messages(t, bodies...))
	if err != nil || string(answer) != `{"batchItemFailures":[]}` {
		t.Errorf("answered %s, %v", answer, err)
	}
}

func TestABatchThatCannotBeDoneFailsAsAWhole(t *testing.T) {
	broken := map[string]string{"GRANTS_TABLE": ""}
	for _, tc := range []struct {
		name    string
		with    map[string]string
		timeout time.Duration
		payload []byte
		want    string
	}{
		{"the configuration is broken", broken, time.Minute, readEvent(t, "keep-grants.json"), "GRANTS_TABLE"},
		{"there is no time to do a task", nil, 29 * time.Second, readEvent(t, "keep-grants.json"), "set it to a minute"},
		{"the event is another", nil, time.Minute, readEvent(t, "find-due.json"), "no messages of an SQS queue"},
		{"the event is no object", nil, time.Minute, []byte(`"now"`), "not one of an SQS queue"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var log bytes.Buffer
			w := cloud.NewWorker(t.Context(), environment(newAWS(t, someKey).URL, tc.with), &log)
			log.Reset()
			answer, err := w.Invoke(within(t, tc.timeout), tc.payload)
			if err == nil || !strings.Contains(err.Error(), tc.want) || answer != nil {
				t.Errorf("answered %s, %v", answer, err)
			}
			if !strings.Contains(log.String(), tc.want) {
				t.Errorf("the log does not say %q:\n%s", tc.want, &log)
			}
		})
	}
}

// The message of events/ is one that a planner sends.
func TestTheEventOfTheQueueHasATask(t *testing.T) {
	w := cloud.NewWorker(t.Context(), environment(newAWS(t, someKey).URL, nil), &bytes.Buffer{})
	answer, err := w.Invoke(within(t, time.Minute), readEvent(t, "keep-grants.json"))
	if err != nil || string(answer) != `{"batchItemFailures":[]}` {
		t.Errorf("answered %s, %v", answer, err)
	}
}
