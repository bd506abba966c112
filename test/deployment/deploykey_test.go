//go:build tools

package deployment_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/signingkey"
	"github.com/opgrants/opgrants/internal/store/dynamodb"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// healsWithoutADeployment: the stack's secret is empty, as it was made. So the
// grants that the functions meet are made here, with the key that comes later.
func (s *stack) healsWithoutADeployment(t *testing.T) {
	made := s.service(t)
	answered, link := s.consentedBy(t, made)
	claimed, token := s.claimedBy(t, made)
	refused := func() events.APIGatewayV2HTTPResponse {
		return s.app(t, http.MethodPost, "/grants/"+claimed+"/token", `{"refused":"`+token+`"}`)
	}

	seen := s.wallet.Stats()
	for function, answer := range map[string]events.APIGatewayV2HTTPResponse{
		"RequestGrant": s.post(t, nil), "FinishCallback": s.browse(t, link), "ManageGrant": refused(), "MakePayment": s.pay(t, claimed),
	} {
		if answer.StatusCode != http.StatusServiceUnavailable || !strings.Contains(answer.Body, "signing_key_missing") {
			t.Errorf("%s answered %d %s", function, answer.StatusCode, answer.Body)
		}
	}
	s.makeDue(t, claimed)
	if plan, did := s.keep(t); plan.HandedOut != 1 || did != (worked{again: 1}) {
		t.Errorf("of %+v KeepGrants did %+v", plan, did)
	}
	if log := s.logged(t, "KeepGrants").output.String(); !strings.Contains(log, "signing_key_missing") {
		t.Errorf("KeepGrants does not log why:\n%s", log)
	}
	now := s.wallet.Stats()
	if now.WalletReads = seen.WalletReads; now != seen { // which need no key
		t.Errorf("without a key the wallet was asked: %+v, before %+v", now, seen)
	}

	s.putKey(t)
	wants(t, s.post(t, nil), http.StatusCreated)
	wantCode(t, answered, s.browse(t, link))
	if second := wants(t, refused(), http.StatusOK)["accessToken"].(string); !s.wallet.Active(second) {
		t.Error("the token does not work")
	}
	if paid := wants(t, s.pay(t, claimed), http.StatusCreated); paid["status"] != "completed" {
		t.Errorf("the payment is %v", paid)
	}
	if err := s.kept(t, claimed); err != nil {
		t.Error(err)
	}
	for _, function := range functions {
		if n := len(s.logged(t, function).lines(saidAtStart)); n != 1 {
			t.Errorf("%s was started %d times", function, n)
		}
	}
}

// saidAtStart is a line of each function's start.
const saidAtStart = "INSECURE_ALLOW_LOCAL is set: http, private addresses and callers without authorization are let through; for development only"

const owner = "aws:000000000000" // the emulated account

// service is one like that of the functions, with the key.
func (s *stack) service(t *testing.T) *grant.Service {
	t.Helper()
	wallets, err := opclient.New(opclient.Config{InsecureAllowLocal: true})
	if err != nil {
		t.Fatal(err)
	}
	key, err := signingkey.NewKey(s.client, "key-1", []byte(s.privateKey()))
	if err != nil {
		t.Fatal(err)
	}
	return &grant.Service{
		Store: dynamodb.New(s.dynamo(), s.table), Server: signingkey.NewClient(signingkey.Fixed(key), wallets),
		PublicURL:  s.outputs["PublicUrl"],
		ReturnURLs: []string{"https://shop.example/thanks"},
	}
}

// consentedBy is a grant of the service's that the user has said yes to, and
// where the wallet sends the browser.
func (s *stack) consentedBy(t *testing.T, service *grant.Service) (id, link string) {
	t.Helper()
	made, err := service.Request(t.Context(), owner, grant.Request{
		WalletAddress: s.alice, ReturnURL: "https://shop.example/thanks?order=7",
		Limits: &grant.LimitsRequest{
			DebitAmount: &grant.AmountRequest{Value: "130"}, Interval: "R/2025-04-22T08:00:00Z/P1D",
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if link, err = s.wallet.Approve(made.ConsentURL); err != nil {
		t.Fatal(err)
	}
	return made.ID, link
}

func (s *stack) claimedBy(t *testing.T, service *grant.Service) (id, token string) {
	t.Helper()
	id, link := s.consentedBy(t, service)
	_, query, _ := strings.Cut(link, "?")
	outcome, err := service.Finish(t.Context(), id, query)
	if err != nil {
		t.Fatal(err)
	}
	back, err := url.Parse(outcome.Redirect)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := service.Token(t.Context(), owner, id, grant.TokenRequest{Code: back.Query().Get("code")})
	if err != nil {
		t.Fatal(err)
	}
	return id, answer.AccessToken
}
