package cloud_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/opgrants/opgrants/internal/cloud"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/schedule"
)

var _ lambda.Handler = (*cloud.Planner)(nil)

// A noQueue has room, and gets nothing.
type noQueue struct{ room int }

func (q noQueue) Room(context.Context) (int, error) { return q.room, nil }

func (noQueue) Send(context.Context, []schedule.Task) ([]schedule.Task, error) { return nil, nil }

func newPlanner(t *testing.T, a *anAWS, with map[string]string, log io.Writer) *cloud.Planner {
	t.Helper()
	env := map[string]string{"QUEUE_URL": "http://sqs.example/1/tasks", "QUEUE_LIMIT": "70", "SIGNING_KEY_SECRET": "", "INSECURE_ALLOW_LOCAL": ""}
	for name, value := range with {
		env[name] = value
	}
	return cloud.NewPlanner(t.Context(), environment(a.URL, env), log, func(c *config.Planner, _ aws.CredentialsProvider, _ *http.Client) schedule.Queue {
		return noQueue{c.QueueLimit}
	})
}

func TestWhatThePlannerAnswers(t *testing.T) {
	for _, tc := range []struct{ name, payload, answer, err string }{
		{"the schedule", string(readEvent(t, "find-due.json")), `{"handedOut":0,"probes":0,"parked":0,"oldestSeconds":0,"left":false}`, ""},
		{"a person", `"now"`, `{"handedOut":0,"probes":0,"parked":0,"oldestSeconds":0,"left":false}`, ""},
		{"a list", string(readEvent(t, "list-given-up.json")), `{"grants":[]}`, ""},
		{"the next part of a list", `{"list":"given-up","from":"1745312400000.qL8f3yJX0mE5vT2nRk7wZg"}`, `{"grants":[]}`, ""},
		{"a part that is none", `{"list":"given-up","from":"2"}`, "", "this is not the next of a page"},
		{"another list", `{"list":"all"}`, "", `what can be listed is "given-up"`},
		{"a grant that is not there", string(readEvent(t, "retry-grant.json")), "", "try grant qL8f3yJX0mE5vT2nRk7wZg again: there is no such grant"},
		{"both", `{"list":"given-up","retry":"qL8f3yJX0mE5vT2nRk7wZg"}`, "", "send one of them"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var log bytes.Buffer
			p := newPlanner(t, newAWS(t, ""), nil, &log)
			answer, err := p.Invoke(within(t, 50*time.Second), []byte(tc.payload))
			if string(answer) != tc.answer || (err != nil) != (tc.err != "") || err != nil && !strings.Contains(err.Error(), tc.err) {
				t.Errorf("answered %s, %v", answer, err)
			}
			if logged := log.Len() > 0; logged != (tc.err != "") { // a run that finds nothing costs no line
				t.Errorf("logged: %s", &log)
			}
		})
	}
}

// It has no key to read, so that its role may read none.
func TestThePlannerAsksForNoKey(t *testing.T) {
	a := newAWS(t, someKey)
	p := newPlanner(t, a, nil, io.Discard)
	if _, err := p.Invoke(within(t, 50*time.Second), readEvent(t, "find-due.json")); err != nil {
		t.Fatal(err)
	}
	for _, r := range a.requests() {
		if target := r.Header.Get("X-Amz-Target"); target != "DynamoDB_20120810.Query" {
			t.Errorf("it asked for %s", target)
		}
	}
	if n, ofPayments := len(a.requests()), a.asked("Query", `"S":"payment#`); n != 16 || ofPayments != 8 {
		t.Errorf("%d requests, %d of them for payments, want one for each shard of grants and of payments", n, ofPayments)
	}
}

func TestARunThatCannotFindWhatIsDueFails(t *testing.T) {
	for name, tc := range map[string]struct {
		with map[string]string
		fail bool
		want string
	}{
		"the calendar cannot be read": {nil, true, "AccessDeniedException"},
		"the configuration is broken": {map[string]string{"QUEUE_URL": ""}, false, "QUEUE_URL"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAWS(t, "")
			a.set("", tc.fail)
			var log bytes.Buffer
			p := newPlanner(t, a, tc.with, &log)
			log.Reset()
			answer, err := p.Invoke(within(t, 50*time.Second), readEvent(t, "find-due.json"))
			if err == nil || !strings.Contains(err.Error(), tc.want) || answer != nil {
				t.Errorf("answered %s, %v", answer, err)
			}
			for line := range strings.Lines(log.String()) {
				if !strings.Contains(line, `"correlation_id":"7bf73129-1428-4cd3-a780-95db273d1602"`) {
					t.Errorf("a line does not name the run: %s", line)
				}
			}
			if !strings.Contains(log.String(), tc.want) {
				t.Errorf("the log does not say %q:\n%s", tc.want, &log)
			}
		})
	}
}
