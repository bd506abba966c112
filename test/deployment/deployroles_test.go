//go:build tools

package deployment_test

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/opgrants/opgrants/test/template"
)

// needsEachAction: without any one action on the table, the queue or the secret a function
// does not do its part, and with it given back it does.
func (s *stack) needsEachAction(t *testing.T) {
	s.putKey(t)
	var all []*action
	if n := len(template.Resources[struct{}](t, template.Read(t), "AWS::Serverless::Function")); n != len(functions) {
		t.Fatalf("template.yaml has %d functions, and %v are tried", n, functions)
	}
	for _, name := range functions {
		do := s.parts()[name]
		if do == nil {
			t.Fatalf("no test says what %s does", name)
		}
		of := s.actions(t, name)
		if least := 3; len(of) < least { // to read the table, to write it, to read the secret or send to the queue
			t.Errorf("%s has %d actions on the table, the queue and the secret", name, len(of))
		}
		for _, a := range of {
			a.work = do(t)
		}
		all = append(all, of...)
	}
	t.Run("on the table", func(t *testing.T) { s.needsTable(t, all) })
	t.Run("on the secret, once its key was replaced", func(t *testing.T) { s.needsSecret(t, all) })
}

// needsTable takes one action at a time from each function: a denied write is
// tried for two seconds.
func (s *stack) needsTable(t *testing.T, all []*action) {
	for _, name := range functions {
		t.Run(name, func(t *testing.T) {
			if name != "KeepGrants" { // which takes the wallet down meanwhile
				t.Parallel()
			}
			for _, a := range all {
				if a.function == name && !a.onSecret() {
					t.Run(a.name, func(t *testing.T) {
						defer s.giveBack(t, a)
						s.takeAway(t, a)
						if a.function == "RequestGrant" && a.name == "dynamodb:GetItem" {
							a.work = s.asksOfNewProcess // it reads one item, when it starts
						}
						if a.function == "FindDue" && a.name == "dynamodb:GetItem" {
							time.Sleep(5 * time.Second) // after which a circuit breaker is read again
						}
						s.wantsDenied(t, a)
						s.giveBack(t, a)
						wantsWork(t, a, 0)
					})
				}
			}
		})
	}
}

// needsSecret takes the secret from all functions at once: after a key that
// was refused in vain, each of them waits for 10 s before it reads again.
func (s *stack) needsSecret(t *testing.T, all []*action) {
	all = slices.DeleteFunc(slices.Clone(all), func(a *action) bool { return !a.onSecret() })
	for _, a := range all {
		defer s.giveBack(t, a)
		s.takeAway(t, a)
	}
	s.newKey(t)
	s.putKey(t)
	for _, a := range all {
		t.Run(a.function+" without "+a.name, func(t *testing.T) { s.wantsDenied(t, a) })
	}
	for _, a := range all {
		s.giveBack(t, a)
		t.Run(a.function+" with "+a.name, func(t *testing.T) { wantsWork(t, a, 15*time.Second) })
	}
}

// An action that a policy of a function's role allows, and the work that needs it.
type action struct {
	function, name string
	policy         string
	document       policyDocument
	work           func(*testing.T) error
}

func (a *action) onSecret() bool { return strings.HasPrefix(a.name, "secretsmanager:") }

// actions are those of a function on the table and the secret. Logs, traces and
// keys are nothing to the emulator.
func (s *stack) actions(t *testing.T, function string) (all []*action) {
	t.Helper()
	for policy, document := range s.policies(t, s.resources[function+"Role"]) {
		for _, name := range document.actions(t) {
			a := &action{function: function, name: name, policy: policy, document: document}
			// Lambda takes the messages for KeepGrants, which is nothing to the emulator.
			onQueue := strings.HasPrefix(name, "sqs:") && function == "FindDue" && name != "sqs:SendMessage" // but emulatedSend
			if strings.HasPrefix(name, "dynamodb:") || a.onSecret() || onQueue {
				all = append(all, a)
			}
		}
	}
	return all
}

func (s *stack) takeAway(t *testing.T, a *action) {
	t.Helper()
	s.putPolicy(t, s.resources[a.function+"Role"], a.policy, a.document.without(t, a.name))
}

func (s *stack) giveBack(t *testing.T, a *action) {
	t.Helper()
	s.putPolicy(t, s.resources[a.function+"Role"], a.policy, a.document)
}

// wantsDenied: the work fails, and the log says that it is for want of the action. It is
// tried twice: a function that has just read the secret reads it again only after 10 s.
func (s *stack) wantsDenied(t *testing.T, a *action) {
	t.Helper()
	denied := func() int {
		return strings.Count(s.logged(t, a.function).output.String(), "not authorized to perform: "+a.name)
	}
	before := denied()
	var err error
	for range 2 {
		if err = a.work(t); err == nil {
			t.Fatal("it did its part")
		}
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			if denied() > before {
				return
			}
		}
	}
	t.Fatalf("it failed for another reason: %v", err)
}

// asksOfNewProcess asks for a grant of the function's unpublished version, which the
// API never invokes: so it starts then.
func (s *stack) asksOfNewProcess(t *testing.T) error {
	t.Helper()
	payload := s.request(t, func(e *events.APIGatewayV2HTTPRequest) { e.Headers["idempotency-key"] = rand.Text() })
	var answer events.APIGatewayV2HTTPResponse
	s.invoke(t, s.resources["RequestGrant"], payload, &answer)
	_, err := decoded(answer, http.StatusCreated)
	return err
}

func wantsWork(t *testing.T, a *action, within time.Duration) {
	t.Helper()
	deadline := time.Now().Add(within)
	for {
		err := a.work(t)
		if err == nil {
			return
		}
		if !time.Now().Before(deadline) {
			t.Fatalf("with the action: %v", err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}
