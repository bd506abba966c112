//go:build tools

package deployment_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/test/peers"
)

func TestTheDeployedStack(t *testing.T) {
	t.Parallel()
	from := startIssuer(t)
	s := deployStack(t, peers.AWS(t, "AUTH=true", "SSL_CERT_FILE="+from.certificate), "opgrants")
	s.shop = s.user(t, "shop")
	s.mayCall(t, "shop")
	t.Run("answers only who may call it", s.refusesStrangers)
	t.Run("names a missing key, and heals without a deployment", s.healsWithoutADeployment)
	t.Run("takes a grant through its life", s.wholeLife)
	t.Run("lets one role ask and another pay", s.paysACheckout)
	t.Run("follows a payment on the schedule", s.followsAPayment)
	t.Run("refuses what cannot work", s.refusesNonsense)
	t.Run("obeys each of its parameters", s.obeysEachParameter)
	t.Run("gets a key of its own", s.getsItsOwnKey)
	t.Run("needs each action of its roles", s.needsEachAction)
	t.Run("has no other actions", s.hasNoOtherActions)
	t.Run("logs no secret", s.logsNoSecret)
	t.Run("has a neighbour with every option", func(t *testing.T) { s.withEveryOption(t, from) })
}

// TestADeployedStackIsDeployedAgain has a stack of its own: each deployment takes as long
// as the rest of TestTheDeployedStack.
func TestADeployedStackIsDeployedAgain(t *testing.T) {
	t.Parallel()
	s := deployStack(t, peers.AWS(t, "AUTH=true"), "opgrants")
	s.shop = s.user(t, "shop")
	s.mayCall(t, "shop")
	t.Run("takes a grant through its life", s.wholeLife)
	t.Run("is deployed twice", s.deploysTwice)
	t.Run("is updated and taken back with grants under way", s.outlivesUpdates)
	t.Run("logs no secret", s.logsNoSecret)
}

// refusesStrangers: of all routes, only the browser's is open.
func (s *stack) refusesStrangers(t *testing.T) {
	wrong := aws.Credentials{AccessKeyID: s.shop.AccessKeyID, SecretAccessKey: "wrong"}
	stranger := s.user(t, "stranger") // who differs from the app by the policies alone
	for _, r := range httpapi.Routes() {
		request := func() *http.Request { return s.toAPI(t, r.Method, pathOf(r), nil) }
		want := http.StatusForbidden
		if r.Caller == httpapi.Browser {
			want = http.StatusBadRequest // the function's: there is no such grant
		}
		for who, request := range map[string]*http.Request{
			"unsigned":                      request(),
			"with a wrong signature":        signed(t, request(), wrong, "execute-api"),
			"of somebody who may not do it": signed(t, request(), stranger, "execute-api"),
		} {
			if got := s.gateway(t, request); got.StatusCode != want {
				t.Errorf("%s %s: %d %s, want %d", r.Key(), who, got.StatusCode, got.Body, want)
			}
		}
		if got := s.gateway(t, signed(t, request(), s.shop, "execute-api")); got.StatusCode == http.StatusForbidden {
			t.Errorf("%s of the app: %s", r.Key(), got.Body)
		}
	}
}

// pathOf is that of a route, with ids of what is not there.
func pathOf(r httpapi.Route) string {
	return strings.NewReplacer("{id}", "qL8f3yJX0mE5vT2nRk7wZg", "{payment}", "Yk3vB8nQ2mF6xT1sRd9wLw").Replace(r.Pattern)
}

func (s *stack) wholeLife(t *testing.T) {
	s.putKey(t)
	before := s.wallet.Stats()
	made := s.post(t, nil, "Idempotency-Key", idempotencyKey)
	grant := wants(t, made, http.StatusCreated)
	id := grant["id"].(string)
	replay := s.post(t, nil, "Idempotency-Key", idempotencyKey)
	if again := wants(t, replay, http.StatusCreated); again["id"] != id || replay.Headers["Idempotent-Replayed"] != "true" {
		t.Errorf("the replay is %v %v", replay.Headers, again)
	}
	if n := s.wallet.Stats().GrantRequests - before.GrantRequests; n != 1 {
		t.Errorf("the wallet was asked %d times", n)
	}
	link, err := s.wallet.Approve(grant["consentUrl"].(string))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(link, s.outputs["PublicUrl"]+"/grants/"+id+"/finish?") {
		t.Errorf("the wallet sends the browser to %s", link)
	}
	code := wantCode(t, id, s.browse(t, link))
	token := func(body string) string {
		return wants(t, s.app(t, http.MethodPost, "/grants/"+id+"/token", body), http.StatusOK)["accessToken"].(string)
	}
	first := token(`{"code":"` + code + `"}`)
	second := token(`{"refused":"` + first + `"}`)
	if first == second || s.wallet.Active(first) || !s.wallet.Active(second) {
		t.Error("a refused token was not replaced by one that works")
	}
	if err := s.kept(t, id); err != nil {
		t.Error(err)
	}
	third := token(`{}`)
	if third == second || !s.wallet.Active(third) {
		t.Error("the schedule's run left no token that works")
	}
	path := "/grants/" + id
	if got := wants(t, s.app(t, http.MethodGet, path, ""), http.StatusOK); got["status"] != "granted" || got["claimed"] != true {
		t.Errorf("the grant is %v", got)
	}
	wants(t, s.app(t, http.MethodDelete, path, ""), http.StatusNoContent)
	if s.wallet.Active(third) {
		t.Error("its token outlives the grant")
	}
	wants(t, s.app(t, http.MethodPost, path+"/token", `{}`), http.StatusGone)
}

func (s *stack) logsNoSecret(t *testing.T) {
	var all []*emulated
	for _, function := range functions {
		written := s.logged(t, function)
		if len(written.lines(saidAtStart)) == 0 {
			t.Errorf("%s has no lines in its log:\n%s", function, written.output)
		}
		all = append(all, written)
	}
	idKey := s.attribute(t, "idempotency-key", "ck").(*types.AttributeValueMemberB).Value
	secrets := append(s.wallet.Secrets(), s.privateKey(), base64.StdEncoding.EncodeToString(idKey), idempotencyKey)
	if s.bearer != "" {
		secrets = append(secrets, s.bearer)
	}
	logsHaveNone(t, all, secrets)
}
