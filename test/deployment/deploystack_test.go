//go:build tools

package deployment_test

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/opgrants/opgrants/test/openapi/own"
	"github.com/opgrants/opgrants/test/peers"
)

// A stack is template.yaml as `sam deploy` deploys it, into an emulated AWS that
// evaluates IAM's policies.
type stack struct {
	*deployment
	name      string
	endpoint  string
	host      string            // of the HTTP API
	resources map[string]string // physical ids by logical ones
	outputs   map[string]string
	schedule  string          // the ARN of what the schedule invokes
	dead      string          // the URL of the dead-letter queue
	shop      aws.Credentials // of an app that may call the API, and do nothing else
	bearer    string          // its token, where apps have no credentials of AWS
	deployer  []string        // variables with the credentials that deploy it; none: those of the account
}

func deployStack(t *testing.T, endpoint, name string, parameters ...string) *stack {
	t.Helper()
	s := &stack{deployment: &deployment{cloud: &cloud{dynamoDB: endpoint, secretsManager: endpoint}}, endpoint: endpoint, name: name}
	s.deploy(t, templateWith(t, "INSECURE_ALLOW_LOCAL", "'true'"), append(parameters, "Architecture="+peers.Architecture(),
		"ReturnUrls=https://shop.example/thanks", `ScheduleRate="rate(15 minutes)"`, // so that the emulator's runs are seldom
		"LogLevel=DEBUG")...) // the level at which a secret would slip out first
	s.openWallet(t, -1)
	return s
}

// deploy makes the stack, or updates it: what is not said of its parameters
// remains.
func (s *stack) deploy(t *testing.T, template string, parameters ...string) {
	t.Helper()
	env, args := s.deployCommand(template, parameters...)
	sam(t, env, args...)
	s.look(t)
}

// deployCommand is the command that deploys the stack, and its variables.
func (s *stack) deployCommand(template string, parameters ...string) (env, args []string) {
	args = []string{"deploy", "--template-file", template, "--stack-name", s.name, "--region", region, "--resolve-s3",
		"--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"}
	if len(parameters) > 0 {
		args = append(append(args, "--parameter-overrides"), parameters...)
	}
	return append([]string{"AWS_ENDPOINT_URL=" + s.endpoint, "SAM_CLI_POLL_DELAY=0.2"}, s.deployer...), args
}

// look reads what the stack is made of now.
func (s *stack) look(t *testing.T) {
	t.Helper()
	s.resources, s.outputs = s.stackResources(t), s.describe(t).outputs()
	s.table, s.secret = s.outputs["Table"], s.outputs["SigningKeySecret"]
	s.queue, s.dead = s.resources["TaskQueue"], s.outputs["DeadLetterQueue"]
	s.schedule = s.scheduled(t)
	s.host = s.resources["Api"] + ".execute-api.localhost" // as the emulator knows it
}

func (s *stack) scheduled(t *testing.T) (arn string) {
	t.Helper()
	var schedule struct{ Target struct{ Arn string } }
	s.rest(t, "scheduler", http.MethodGet, "/schedules/"+s.resources["FindDueSchedule"], nil, &schedule)
	if schedule.Target.Arn == "" {
		t.Fatal("the schedule invokes nothing")
	}
	return schedule.Target.Arn
}

// plan is a run of what the schedule invokes, with the event that it sends.
func (s *stack) plan(t *testing.T) (plan planned) {
	t.Helper()
	s.invoke(t, s.schedule, readEvent(t, "find-due.json"), &plan)
	return plan
}

func (s *stack) invoke(t *testing.T, function string, payload []byte, answer any) {
	t.Helper()
	_, body := s.call(t, "lambda", http.MethodPost, "/2015-03-31/functions/"+function+"/invocations", nil, payload)
	if err := json.Unmarshal(body, answer); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
}

// keep is a run of the schedule, and what the workers did with the tasks that it
// has put on the queue.
func (s *stack) keep(t *testing.T) (plan planned, did worked) {
	t.Helper()
	before := s.logged(t, "KeepGrants").worked()
	plan = s.plan(t)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		did = s.logged(t, "KeepGrants").worked().minus(before)
		if did.tasks() >= plan.HandedOut {
			return plan, did
		}
		if time.Now().After(deadline) {
			log := s.logged(t, "KeepGrants").output.String()
			t.Fatalf("of %d tasks the workers did %+v; the end of their log:\n%s", plan.HandedOut, did, log[max(0, len(log)-5000):])
		}
	}
}

// logged is what a function has written into its log group.
func (s *stack) logged(t *testing.T, function string) *emulated {
	t.Helper()
	written := &emulated{name: function, output: &buffer{}}
	request := map[string]string{"logGroupName": s.resources[function+"Log"]}
	for {
		var page struct {
			Events    []struct{ Message string }
			NextToken string
		}
		s.ask(t, "logs", "Logs_20140328.FilterLogEvents", request, &page)
		for _, e := range page.Events {
			_, _ = written.output.Write([]byte(e.Message + "\n"))
		}
		if page.NextToken == "" {
			return written
		}
		request["nextToken"] = page.NextToken
	}
}

// gateway sends a request through the stack's HTTP API.
func (s *stack) gateway(t *testing.T, r *http.Request) events.APIGatewayV2HTTPResponse {
	t.Helper()
	response, body := s.send(t, r)
	answer := events.APIGatewayV2HTTPResponse{StatusCode: response.StatusCode, Headers: map[string]string{}, Body: string(body)}
	for name := range response.Header {
		answer.Headers[name] = response.Header.Get(name)
	}
	if answer.Body == "" {
		delete(answer.Headers, "Content-Type") // API Gateway's own, where a function gives none
	}
	if !isOfTheGateway(answer) {
		e := &own.Exchange{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Header: r.Header,
			Status: response.StatusCode, Answer: header(answer), Text: body}
		if r.GetBody != nil {
			reader, _ := r.GetBody()
			e.Body, _ = io.ReadAll(reader)
		}
		check(t, e)
	}
	return answer
}
