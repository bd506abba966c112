//go:build tools

package deployment_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// A part is what one function does in the life of a grant. It prepares all that
// others do, and returns its own work, which may be tried again.
type part func(*testing.T) (work func(*testing.T) error)

func (s *stack) parts() map[string]part {
	return map[string]part{"RequestGrant": s.asking, "FinishCallback": s.returning, "ManageGrant": s.managing, "MakePayment": s.paying,
		"FindDue": s.finding, "KeepGrants": s.keeping}
}

// asking is a grant with an Idempotency-Key, asked for twice.
func (s *stack) asking(*testing.T) func(*testing.T) error {
	return func(t *testing.T) error {
		key := rand.Text()
		made, err := decoded(s.post(t, nil, "Idempotency-Key", key), http.StatusCreated)
		if err != nil {
			return err
		}
		replay, err := decoded(s.post(t, nil, "Idempotency-Key", key), http.StatusCreated)
		if err == nil && replay["id"] != made["id"] {
			err = fmt.Errorf("the replay is %v", replay)
		}
		return err
	}
}

func (s *stack) returning(t *testing.T) func(*testing.T) error {
	_, link := s.consented(t)
	return func(t *testing.T) error { return redirected(s.browse(t, link)) }
}

// redirected is nil for a redirect to the app with a code.
func redirected(a events.APIGatewayV2HTTPResponse) error {
	u, err := url.Parse(a.Headers["Location"])
	if err != nil || a.StatusCode != http.StatusSeeOther || u.Query().Get("code") == "" {
		return fmt.Errorf("status %d, redirected to %q: %s", a.StatusCode, u, a.Body)
	}
	return nil
}

// managing is listing grants, claiming a token, and having it replaced.
func (s *stack) managing(t *testing.T) func(*testing.T) error {
	id, code := s.granted(t)
	return func(t *testing.T) error {
		list, err := decoded(s.app(t, http.MethodGet, "/grants?reference=order-7", ""), http.StatusOK)
		if err != nil {
			return err
		}
		if found, _ := list["grants"].([]any); len(found) == 0 {
			return fmt.Errorf("the list is %v", list)
		}
		given, err := decoded(s.app(t, http.MethodPost, "/grants/"+id+"/token", `{"code":"`+code+`"}`), http.StatusOK)
		if err != nil {
			return err
		}
		after, err := decoded(s.app(t, http.MethodPost, "/grants/"+id+"/token", fmt.Sprintf(`{"refused":%q}`, given["accessToken"])), http.StatusOK)
		if err == nil && after["accessToken"] == given["accessToken"] {
			err = fmt.Errorf("the token was not replaced")
		}
		return err
	}
}

// paying makes a payment of a cent.
func (s *stack) paying(t *testing.T) func(*testing.T) error {
	id := s.claimed(t).id
	return func(t *testing.T) error {
		made, err := decoded(s.pay(t, id), http.StatusCreated)
		if err == nil && made["status"] != "completed" {
			err = fmt.Errorf("the payment is %v", made)
		}
		return err
	}
}

// pay pays a cent to the service's own wallet address.
func (s *stack) pay(t *testing.T, id string, headers ...string) events.APIGatewayV2HTTPResponse {
	t.Helper()
	body := `{"to":"` + s.client + `","debitAmount":{"value":"1"}}`
	return s.app(t, http.MethodPost, "/grants/"+id+"/payments", body, append(headers, "Idempotency-Key", rand.Text())...)
}

// finding hands out a due grant whose wallet has failed, so that its breaker is
// read, and one more that has been given up and is tried again.
func (s *stack) finding(t *testing.T) func(*testing.T) error {
	id := s.claimed(t).id
	return func(t *testing.T) error {
		if s.due(t, id).After(time.Now()) {
			s.makeDue(t, id)
		}
		plan := s.plan(t)
		if plan.ErrorMessage != "" || plan.HandedOut != 1 {
			return fmt.Errorf("a run handed out %+v", plan)
		}
		return nil
	}
}

// keeping finds a wallet down, notes it, and keeps the grant when it is up.
func (s *stack) keeping(t *testing.T) func(*testing.T) error {
	id := s.claimed(t).id
	return func(t *testing.T) error {
		s.forgetBreaker(t)
		if err := s.wallet.Down(); err != nil {
			return err
		}
		s.makeDue(t, id)
		_, did := s.keep(t)
		if err := s.wallet.Up(); err != nil {
			return err
		}
		if did.hostFailed != 1 || s.attribute(t, s.breaker(), "n") == nil {
			return fmt.Errorf("with the wallet down the workers did %+v", did)
		}
		return s.kept(t, id)
	}
}

// breaker is the key of the breaker of the wallet's host.
func (s *stack) breaker() string { return "breaker#" + strings.TrimPrefix(s.wallet.URL(), "http://") }

func (s *stack) forgetBreaker(t *testing.T) {
	t.Helper()
	key := map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: s.breaker()}}
	if _, err := s.dynamo().DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &s.table, Key: key}); err != nil {
		t.Fatal(err)
	}
}

// kept has a grant rotated by the schedule, which others may be due in too.
func (s *stack) kept(t *testing.T, id string) error {
	t.Helper()
	s.makeDue(t, id)
	plan, did := s.keep(t)
	if next := time.Until(s.due(t, id)); did.done < 1 || next < 19*24*time.Hour {
		return fmt.Errorf("a run handed out %+v, the workers did %+v, and the grant is due again in %v", plan, did, next)
	}
	return nil
}

// post asks for a grant of alice's. edit changes the body; nil: it is that of
// events/request-grant.json.
func (s *stack) post(t *testing.T, edit func(body map[string]any), headers ...string) events.APIGatewayV2HTTPResponse {
	t.Helper()
	return s.app(t, http.MethodPost, "/grants", s.ofAlice(t, edit), headers...)
}

// browse follows the wallet's redirect.
func (s *stack) browse(t *testing.T, link string) events.APIGatewayV2HTTPResponse {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return s.gateway(t, s.toAPI(t, http.MethodGet, u.RequestURI(), nil))
}

// consented is a grant that the user has said yes to, and where the wallet sends
// the browser.
func (s *stack) consented(t *testing.T) (id, link string) {
	t.Helper()
	made := wants(t, s.post(t, nil), http.StatusCreated)
	link, err := s.wallet.Approve(made["consentUrl"].(string))
	if err != nil {
		t.Fatal(err)
	}
	return made["id"].(string), link
}

// granted is a grant and the code that claims it.
func (s *stack) granted(t *testing.T) (id, code string) {
	t.Helper()
	id, link := s.consented(t)
	return id, wantCode(t, id, s.browse(t, link))
}

// decoded is an answer that has the status. An error, unlike wants: work may fail.
func decoded(a events.APIGatewayV2HTTPResponse, status int) (body map[string]any, err error) {
	if a.StatusCode != status {
		return nil, fmt.Errorf("status %d, want %d: %s", a.StatusCode, status, a.Body)
	}
	return body, json.Unmarshal([]byte(a.Body), &body)
}
