//go:build tools

package deployment_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/power"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// paysACheckout: with one policy each, a role asks for a checkout and another one
// makes its payment, once. API Gateway lets neither do what is the other's, nor take
// a token.
func (s *stack) paysACheckout(t *testing.T) {
	s.putKey(t)
	roles := map[power.Power]aws.Credentials{}
	for _, p := range power.All() {
		roles[p] = s.role(t, "with-"+string(p), p)
	}
	t.Run("whose powers differ", func(t *testing.T) { s.haveOnePower(t, roles) })
	asker, payer := s.caller(roles[power.Grants]), s.caller(roles[power.Payments])

	made := wants(t, asker(t, http.MethodPost, "/grants", s.ofAlice(t, checkout), "Idempotency-Key", "order-8"), http.StatusCreated)
	path := "/grants/" + made["id"].(string)
	link, err := s.wallet.Approve(made["consentUrl"].(string))
	if err != nil {
		t.Fatal(err)
	}
	claim := `{"code":"` + wantCode(t, made["id"].(string), s.browse(t, link)) + `"}`
	before := len(s.wallet.Ledger())
	wants(t, asker(t, http.MethodPost, path+"/payments", claim, "Idempotency-Key", "order-8"), http.StatusForbidden)
	wants(t, payer(t, http.MethodPost, path+"/token", claim), http.StatusForbidden)
	paid := wants(t, payer(t, http.MethodPost, path+"/payments", claim, "Idempotency-Key", "order-8"), http.StatusCreated)
	if paid["status"] != "completed" {
		t.Fatalf("the payment is %v", paid)
	}
	again := payer(t, http.MethodPost, path+"/payments", "{}", "Idempotency-Key", "order-8-again")
	if other := wants(t, again, http.StatusCreated); other["id"] != paid["id"] || again.Headers["Idempotent-Replayed"] != "true" {
		t.Errorf("another key made %v %v", again.Headers, other)
	}
	moved := s.wallet.Ledger()[before:]
	if len(moved) != 1 || moved[0].To != s.client || moved[0].Arrived.Value != 400 {
		t.Errorf("what moved is %+v, want 4.00 to %s", moved, s.client)
	}

	// Both work on one grant: it is their account's.
	one := path + "/payments/" + paid["id"].(string)
	if got := wants(t, payer(t, http.MethodGet, one, ""), http.StatusOK); got["status"] != "completed" {
		t.Errorf("the payment is %v", got)
	}
	if list, _ := wants(t, payer(t, http.MethodGet, path+"/payments", ""), http.StatusOK)["payments"].([]any); len(list) != 1 {
		t.Errorf("the payments of the grant are %v", list)
	}
	wants(t, payer(t, http.MethodGet, path+"/spent", ""), http.StatusOK)
	wants(t, asker(t, http.MethodGet, one, ""), http.StatusForbidden)
	if got := wants(t, asker(t, http.MethodGet, path, ""), http.StatusOK); got["status"] != "granted" || got["claimed"] != true {
		t.Errorf("the grant is %v", got)
	}
	if list, _ := wants(t, asker(t, http.MethodGet, "/grants?reference=order-7", ""), http.StatusOK)["grants"].([]any); len(list) == 0 {
		t.Error("the reference has no grant")
	}
	wants(t, payer(t, http.MethodDelete, path, ""), http.StatusForbidden)
	wants(t, asker(t, http.MethodDelete, path, ""), http.StatusNoContent)
	wants(t, payer(t, http.MethodGet, one, ""), http.StatusOK) // which outlives the grant
}

// followsAPayment: what was not decided in its call is found by the schedule, with
// the roles of its functions.
func (s *stack) followsAPayment(t *testing.T) {
	s.putKey(t)
	id := s.claimed(t).id
	slow := s.paysSlowly(t, id)
	time.Sleep(3 * time.Second) // until it has arrived
	s.makePaymentDue(t, slow)
	if plan, did := s.keep(t); plan.HandedOut < 1 || did.done < 1 {
		t.Errorf("a run handed out %+v, and the workers did %+v", plan, did)
	}
	if status, _ := s.attribute(t, "payment#"+slow, "st").(*types.AttributeValueMemberS); status == nil || status.Value != "completed" {
		t.Errorf("it is stored as %v", status)
	}
}

// paysSlowly is the id of a payment that arrives in two seconds, and for which
// nobody waits.
func (s *stack) paysSlowly(t *testing.T, grant string) (id string) {
	t.Helper()
	if err := s.wallet.Behave(s.alice, sandbox.Behavior{Kind: sandbox.Slow, Times: 1, Delay: 2 * time.Second}); err != nil {
		t.Fatal(err)
	}
	paid := wants(t, s.pay(t, grant, "Prefer", "wait=0"), http.StatusCreated)
	if paid["status"] != "pending" {
		t.Fatalf("a slow payment is %v", paid)
	}
	return paid["id"].(string)
}

// haveOnePower: of the routes of apps, a role may use just those of its power.
func (s *stack) haveOnePower(t *testing.T, roles map[power.Power]aws.Credentials) {
	for p, role := range roles {
		for _, r := range httpapi.Routes() {
			got := s.gateway(t, signed(t, s.toAPI(t, r.Method, pathOf(r), nil), role, "execute-api"))
			if allowed := r.Power == p || r.Caller == httpapi.Browser; (got.StatusCode != http.StatusForbidden) != allowed {
				t.Errorf("%s with the power %s: %d %s", r.Key(), p, got.StatusCode, got.Body)
			}
		}
	}
}

// caller sends requests with credentials.
func (s *stack) caller(as aws.Credentials) func(t *testing.T, method, path, body string, headers ...string) events.APIGatewayV2HTTPResponse {
	other := *s
	other.shop = as
	return other.app
}
