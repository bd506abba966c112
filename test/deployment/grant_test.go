//go:build tools

package deployment_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// Each part has a table, a secret and a queue of its own. They wait a lot, and share
// the time.
func TestTheFunctions(t *testing.T) {
	t.Parallel()
	c := startCloud(t)
	for name, part := range map[string]func(*testing.T){
		"ask for a grant and take its callback":          c.consent,
		"keep it, hand out its token and revoke it":      c.afterConsent,
		"name a missing key, and heal without a restart": c.missingKey,
		"use what docs/costs.md says":                    c.useWhatTheCostsSay,
		"work with the demo's shop":                      c.workWithTheShop,
		"take each event":                                c.takeEachEvent,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			part(t)
		})
	}
}

// consent is the first life of a grant in three processes that share a table and
// a secret.
func (c *cloud) consent(t *testing.T) {
	d := c.deploy(t)
	d.putKey(t)
	asking := emulate(t, "RequestGrant", d.environment()...)
	returning := emulate(t, "FinishCallback", d.environment()...)
	managing := emulate(t, "ManageGrant", d.environment()...)
	all := []*emulated{asking, returning, managing}

	made := wants(t, asking.invoke(t, d.request(t)), http.StatusCreated)
	id, consentURL := made["id"].(string), made["consentUrl"].(string)
	wants(t, managing.invoke(t, token(t, id, account, `{}`)), http.StatusConflict)

	forged := "https://grants.example/grants/" + id + "/finish?hash=" + strings.Repeat("A", 43) + "&interact_ref=x"
	if page := returning.invoke(t, finish(t, forged)); page.StatusCode != http.StatusBadRequest || !strings.Contains(page.Body, "link_not_valid") {
		t.Errorf("a forged finish: %d %s", page.StatusCode, page.Body)
	}

	link, err := d.wallet.Approve(consentURL)
	if err != nil {
		t.Fatal(err)
	}
	code := wantCode(t, id, returning.invoke(t, finish(t, link)))
	if again := wantCode(t, id, returning.invoke(t, finish(t, link))); again != code {
		t.Errorf("the same link led to another code")
	}
	if n := d.wallet.Stats().Continues; n != 1 {
		t.Errorf("the wallet saw %d continues, want 1", n)
	}

	for _, tc := range []struct {
		name, account, body string
		status              int
	}{
		{"without the code", account, `{}`, http.StatusForbidden},
		{"with another code", account, `{"code":"` + strings.Repeat("A", len(code)) + `"}`, http.StatusForbidden},
		{"from another account", "999999999999", `{"code":"` + code + `"}`, http.StatusNotFound},
	} {
		if answer := managing.invoke(t, token(t, id, tc.account, tc.body)); answer.StatusCode != tc.status {
			t.Errorf("a token %s: %d %s", tc.name, answer.StatusCode, answer.Body)
		}
	}
	answer := wants(t, managing.invoke(t, token(t, id, account, `{"code":"`+code+`"}`)), http.StatusOK)
	given, _ := answer["accessToken"].(string)
	if !slices.Contains(d.wallet.Secrets(), given) || d.wallet.Stats().LiveTokens != 1 {
		t.Errorf("the token is not the wallet's one live one: %v", d.wallet.Stats())
	}
	if later := wants(t, managing.invoke(t, token(t, id, account, `{}`)), http.StatusOK); later["accessToken"] != given {
		t.Error("once claimed, the token needs no code, and is the same")
	}
	grant := wants(t, managing.invoke(t, event(t, "get-grant.json", of(id))), http.StatusOK)
	if grant["status"] != "granted" || grant["claimed"] != true || grant["reference"] != "order-7" {
		t.Errorf("the grant is %v", grant)
	}

	for _, f := range all {
		f.logsNameTheGrant(t, id)
	}
	logsHaveNone(t, all, append(d.wallet.Secrets(), code, d.privateKey()))
	for _, f := range all {
		took := f.initTime(t)
		t.Logf("%s was ready after %v", f.name, took)
		if took > 5*time.Second { // of the 10 s that Lambda gives
			t.Errorf("%s was ready after %v", f.name, took)
		}
	}
}

// wantCode is the code in a redirect to the app, which has nothing else of the
// grant.
func wantCode(t *testing.T, id string, answer events.APIGatewayV2HTTPResponse) string {
	t.Helper()
	wants(t, answer, http.StatusSeeOther)
	location := answer.Headers["Location"]
	u, err := url.Parse(location)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	if !strings.HasPrefix(location, "https://shop.example/thanks?") || q.Get("order") != "7" || q.Get("status") != "granted" || q.Get("code") == "" {
		t.Fatalf("redirected to %s", location)
	}
	if strings.Contains(location, id) {
		t.Errorf("the grant's id is in %s", location)
	}
	return q.Get("code")
}

func (c *cloud) missingKey(t *testing.T) {
	d := c.deploy(t)
	f := emulate(t, "RequestGrant", d.environment()...)
	problem := wants(t, f.invoke(t, d.request(t)), http.StatusServiceUnavailable)
	if detail, _ := problem["detail"].(string); problem["code"] != "signing_key_missing" || !strings.Contains(detail, "put-secret-value") || !strings.Contains(detail, d.secret) {
		t.Errorf("got %v", problem)
	}
	if n := d.wallet.Stats().GrantRequests; n != 0 {
		t.Errorf("%d requests were sent without a key", n)
	}
	d.putKey(t)
	wants(t, f.invoke(t, d.request(t)), http.StatusCreated)
	if lines := f.waitForLines("request", 2); len(lines) != 2 || lines[1]["cold_start"] != false {
		t.Errorf("it was started anew: %v", lines)
	}
}

func TestABrokenConfigurationIsAnsweredByName(t *testing.T) {
	t.Parallel()
	for function, name := range map[string]string{
		"RequestGrant": "request-grant.json", "FinishCallback": "finish-callback.json", "ManageGrant": "get-grant.json",
		"MakePayment": "make-payment.json",
		"FindDue":     "find-due.json", "KeepGrants": "keep-grants.json",
	} {
		t.Run(function, func(t *testing.T) {
			f := emulate(t, function, "AWS_REGION="+region, "OWNER_BY=user", "QUEUE_LIMIT=none")
			var got answer
			f.send(t, readEvent(t, name), &got)
			misconfigured := got.StatusCode == http.StatusServiceUnavailable && strings.Contains(got.Body, "misconfigured")
			if function == "FindDue" || function == "KeepGrants" { // whose errors Lambda counts
				misconfigured = strings.Contains(got.ErrorMessage, "GRANTS_TABLE")
			}
			if !misconfigured {
				t.Errorf("answered %+v", got)
			}
			for setting, named := range map[string]bool{
				"GRANTS_TABLE": true, "PUBLIC_URL": function == "RequestGrant",
				"SIGNING_KEY_SECRET": function != "FindDue", "OWNER_BY": function != "FindDue",
				"QUEUE_URL": function == "FindDue", "QUEUE_LIMIT": function == "FindDue",
			} {
				names := func() bool { return strings.Contains(f.output.String(), setting+":") }
				for deadline := time.Now().Add(10 * time.Second); named && !names() && time.Now().Before(deadline); {
					time.Sleep(20 * time.Millisecond) // what it wrote arrives after its answer
				}
				if names() != named {
					t.Errorf("the log names %s: %v, want %v:\n%s", setting, !named, named, f.output)
				}
			}
		})
	}
}
