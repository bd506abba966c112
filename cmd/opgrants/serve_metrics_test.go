package main

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// waitForMetrics waits until the metrics have each of the lines.
func waitForMetrics(t *testing.T, url string, lines ...string) (text string) {
	t.Helper()
	for limit := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		status, page := browse(t, url)
		missing := ""
		for _, line := range lines {
			if !strings.Contains("\n"+page, "\n"+line+"\n") {
				missing = line
			}
		}
		if status == 200 && missing == "" {
			return page
		}
		if time.Now().After(limit) {
			t.Fatalf("%d: there is no line %s:\n%s", status, missing, page)
		}
	}
}

// What a checkout does, and what the schedule does, is in the metrics.
func TestTheMetricsShowAPaymentAndTheSchedule(t *testing.T) {
	t.Parallel()
	p := newPlace(t, sandbox.Config{})
	args, env := p.serve(t)
	owed := givenUp(p, 3)
	owed[0].Shard, owed[0].Due = "3", grant.At(time.Now().Add(-time.Hour)) // and not given up
	putGrants(t, dataFile(t, args), owed...)
	r := start(t, env, append(args, "--metrics-listen", "127.0.0.1:0")...)
	metrics, service := r.logs(t, "metrics").URL, r.listening(t)

	status, made := call(t, "POST", service+"/grants", shopToken, fmt.Sprintf(
		`{"walletAddress":%q,"payment":{"to":%q,"receiveAmount":{"value":"100"}},"returnUrl":%q}`, p.alice, p.client, returnURL))
	if status != 201 {
		t.Fatalf("%d %v", status, made)
	}
	code := back(t, must(t)(p.wallet.Approve(made["consentUrl"].(string)))).Query().Get("code")
	one := service + "/grants/" + made["id"].(string)
	pay, _ := http.NewRequest(http.MethodPost, one+"/payments", strings.NewReader(`{"code":"`+code+`"}`))
	pay.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {"Bearer " + shopToken}, "Idempotency-Key": {"order-7"}}
	answer, err := http.DefaultClient.Do(pay)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != 201 {
		t.Fatalf("the payment: %d", answer.StatusCode)
	}
	text := waitForMetrics(t, metrics, "opgrants_grant_requested_total 1", "opgrants_grant_granted_total 1", "opgrants_payment_sent_total 1",
		"opgrants_payment_completed_total 1", "opgrants_payments_processing 0", "opgrants_grants_given_up 2", "opgrants_oldest_due_seconds 0",
		`opgrants_grant_revoked_total{code=""} 1`, "opgrants_task_handed_out_total 1",
		`opgrants_http_request_duration_seconds_count{code="201",method="post"} 2`)
	for _, secret := range append(p.wallet.Secrets(), code, shopToken, made["id"].(string), p.alice) {
		if len(secret) > 4 && strings.Contains(text, secret) { // the tests' own stand-in is t
			t.Errorf("the metrics have %q", secret)
		}
	}
	for _, at := range []string{service + "/metrics", strings.TrimSuffix(metrics, "/metrics") + "/grants"} {
		if status, _ := browse(t, at); status == 200 {
			t.Errorf("%s answers", at)
		}
	}
}

func TestWithoutAHostTheMetricsAreForThisMachine(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	args, env := p.serve(t)
	r := start(t, env, append(args, "--metrics-listen", ":0")...)
	at := r.logs(t, "metrics").URL
	if u, err := url.Parse(at); err != nil || u.Hostname() != "127.0.0.1" {
		t.Errorf("they are at %s", at)
	}
	r.listening(t)
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = busy.Close() }()
	args, env = p.serve(t)
	wantEnding(t, runs(t, env, append(args, "--metrics-listen", busy.Addr().String())...), exit.Port, "another --metrics-listen")
	for _, wrong := range []string{"9464", "localhost:http", "https://metrics.example/"} {
		wantEnding(t, runs(t, env, append(args, "--metrics-listen", wrong)...), exit.Usage, "--metrics-listen")
	}
}
