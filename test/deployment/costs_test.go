//go:build tools

package deployment_test

import (
	"crypto/rand"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

// useWhatTheCostsSay takes the functions through the lives of a checkout, of a
// recurring grant and of one whose app signs for itself, and compares the units of
// DynamoDB and the log bytes of each request with docs/costs.md.
func (c *cloud) useWhatTheCostsSay(t *testing.T) {
	metered := *c // this part alone
	d := metered.deploy(t)
	d.putKey(t)
	m := startMeter(t, d.dynamoDB)
	d.dynamoDB = m.URL
	running := map[string]*emulated{}
	for _, function := range functions {
		running[function] = emulate(t, function, append(d.environment(), "POWERTOOLS_LOG_LEVEL=INFO",
			"AWS_LAMBDA_FUNCTION_NAME=opgrants-"+function+"-AbCdEfGhIjKl")...)
	}
	b := &bill{deployment: d, meter: m, running: running, documented: documentedUses(t)}
	b.lives(t, func(t *testing.T, _, function string, work func()) { b.measure(t, function, work) }) // starts them
	b.lives(t, b.compare)
	if len(b.documented) != 0 {
		t.Errorf("nobody measures %v", b.documented)
	}
}

type bill struct {
	*deployment
	meter      *meter
	running    map[string]*emulated
	documented map[string]uses // what is to be compared yet
	ofRun      uses            // of a run that finds nothing
}

// uses are what docs/costs.md says of a request, and what it used.
type uses struct{ reads, writes, index, logBytes float64 }

func documentedUses(t *testing.T) map[string]uses {
	t.Helper()
	text, err := os.ReadFile("../../docs/costs.md")
	if err != nil {
		t.Fatal(err)
	}
	number := func(s string) float64 {
		n, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	all := map[string]uses{}
	for _, row := range regexp.MustCompile(`(?m)^\| (.+) \| [0-9.]+ \| ([0-9]+) \| ([0-9]+) \| ([0-9]+) \| ([0-9,]+) \| [0-9,]+ \|$`).FindAllStringSubmatch(string(text), -1) {
		all[strings.ReplaceAll(row[1], "`", "")] = uses{number(row[2]), number(row[3]), number(row[4]), number(row[5])}
	}
	run := regexp.MustCompile(`each with ([0-9]+) read units and ([0-9]+) log bytes`).FindSubmatch(text)
	if len(all) == 0 || run == nil {
		t.Fatal("costs.md has no table of what requests use")
	}
	all["a run"] = uses{reads: number(string(run[1])), logBytes: number(string(run[2]))}
	return all
}

// A comparison does some work of a function, and may compare what it used with a
// row of the table.
type comparison func(t *testing.T, row, function string, work func())

// lives takes three grants through all that the table has.
func (b *bill) lives(t *testing.T, compare comparison) {
	t.Helper()
	b.paysACheckout(t, compare)
	b.paysAgain(t, compare)
	b.signsForItself(t, compare)
}

// consented is a grant with its code. kind names its rows.
func (b *bill) consented(t *testing.T, kind string, edit func(body map[string]any), compare comparison) (id, code string) {
	t.Helper()
	asking, returning := b.running["RequestGrant"], b.running["FinishCallback"]
	ask := b.request(t, func(e *events.APIGatewayV2HTTPRequest) {
		e.Headers["idempotency-key"] = rand.Text()
		e.Body = b.ofAlice(t, edit)
	})
	var consentURL string
	compare(t, "POST /grants, "+kind, asking.name, func() {
		made := wants(t, asking.invoke(t, ask), http.StatusCreated)
		id, consentURL = made["id"].(string), made["consentUrl"].(string)
	})
	link, err := b.wallet.Approve(consentURL)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "GET /grants/{id}/finish with a wrong hash", returning.name, func() {
		wrong := strings.Replace(link, "hash=", "hash=wrong", 1)
		wants(t, returning.invoke(t, finish(t, wrong)), http.StatusBadRequest)
	})
	compare(t, "GET /grants/{id}/finish, "+kind, returning.name, func() { code = wantCode(t, id, returning.invoke(t, finish(t, link))) })
	return id, code
}

// pay is the event of making a payment, with a new Idempotency-Key.
func pay(t *testing.T, id, body string, headers ...string) []byte {
	return event(t, "make-payment.json", func(e *events.APIGatewayV2HTTPRequest) {
		of(id)(e)
		e.Headers["idempotency-key"] = rand.Text()
		for i := 0; i < len(headers); i += 2 {
			e.Headers[headers[i]] = headers[i+1]
		}
		e.Body = body
	})
}

func (b *bill) paysACheckout(t *testing.T, compare comparison) {
	t.Helper()
	paying, managing := b.running["MakePayment"], b.running["ManageGrant"]
	id, code := b.consented(t, "checkout", checkout, compare)
	var paid map[string]any
	compare(t, "POST /grants/{id}/payments with the code, checkout", paying.name, func() {
		paid = wants(t, paying.invoke(t, pay(t, id, `{"code":"`+code+`"}`)), http.StatusCreated)
	})
	if paid["status"] != "completed" {
		t.Fatalf("the payment is %v", paid)
	}
	compare(t, "GET /grants/{id}/payments/{payment}", managing.name, func() {
		wants(t, managing.invoke(t, event(t, "get-payment.json", ofPayment(id, paid["id"].(string)))), http.StatusOK)
	})
}

// paysAgain is a recurring grant, kept by the schedule, and a payment that the
// schedule has to look at.
func (b *bill) paysAgain(t *testing.T, compare comparison) {
	t.Helper()
	paying, managing := b.running["MakePayment"], b.running["ManageGrant"]
	id, code := b.consented(t, "recurring", withInterval("R/2026-01-01T00:00:00Z/P1M"), compare)
	cent := `{"to":"` + b.client + `","debitAmount":{"value":"1"}}`
	compare(t, "POST /grants/{id}/payments with the code, recurring", paying.name, func() {
		wants(t, paying.invoke(t, pay(t, id, `{"to":"`+b.client+`","debitAmount":{"value":"1"},"code":"`+code+`"}`)), http.StatusCreated)
	})
	compare(t, "GET /grants/{id}", managing.name, func() { wants(t, managing.invoke(t, event(t, "get-grant.json", of(id))), http.StatusOK) })
	b.makeDue(t, id)
	compare(t, "POST /grants/{id}/payments that rotates, recurring", paying.name, func() {
		wants(t, paying.invoke(t, pay(t, id, cent)), http.StatusCreated)
	})
	compare(t, "a run", "FindDue", func() { b.run(t, 0) })
	b.makeDue(t, id)
	time.Sleep(5 * time.Second) // after which a circuit breaker is read again, as in each run of the schedule
	compare(t, "the schedule, for each grant that is due", "KeepGrants", func() { b.run(t, 1) })

	if err := b.wallet.Behave(b.alice, sandbox.Behavior{Kind: sandbox.Slow, Times: 1, Delay: 2 * time.Second}); err != nil {
		t.Fatal(err)
	}
	slow := wants(t, paying.invoke(t, pay(t, id, cent, "prefer", "wait=0")), http.StatusCreated)
	if slow["status"] != "pending" {
		t.Fatalf("a slow payment is %v", slow)
	}
	time.Sleep(5 * time.Second) // until it has arrived
	b.makePaymentDue(t, slow["id"].(string))
	compare(t, "the schedule, for each look at a payment", "KeepGrants", func() { b.run(t, 1) })
}

func (b *bill) signsForItself(t *testing.T, compare comparison) {
	t.Helper()
	managing := b.running["ManageGrant"]
	quiet := func(_ *testing.T, _, _ string, work func()) { work() }
	id, code := b.consented(t, "", withInterval("R/2026-01-01T00:00:00Z/P1M"), quiet)
	var given string
	compare(t, "POST /grants/{id}/token with the code, recurring", managing.name, func() {
		given = wants(t, managing.invoke(t, token(t, id, account, `{"code":"`+code+`"}`)), http.StatusOK)["accessToken"].(string)
	})
	compare(t, "POST /grants/{id}/token that rotates, recurring", managing.name, func() {
		wants(t, managing.invoke(t, token(t, id, account, `{"refused":"`+given+`"}`)), http.StatusOK)
	})
}

func (b *bill) run(t *testing.T, kept int) {
	t.Helper()
	k := &keeper{b.deployment, b.running["FindDue"], b.running["KeepGrants"]}
	plan, did := k.run(t)
	did.void = 0 // a queue may deliver a message twice: then there is nothing to do
	if plan.HandedOut != kept || did != (worked{done: kept}) {
		t.Errorf("a run handed out %+v and did %+v, want %d kept", plan, did, kept)
	}
}

// withInterval gives the limits of a request for a grant another interval.
func withInterval(interval string) func(body map[string]any) {
	return func(body map[string]any) { body["limits"].(map[string]any)["interval"] = interval }
}

func (b *bill) compare(t *testing.T, row, function string, work func()) {
	t.Helper()
	used := b.measure(t, function, work)
	switch row {
	case "a run":
		b.ofRun = used
	case "the schedule, for each grant that is due", "the schedule, for each look at a payment":
		used.reads -= b.ofRun.reads
		used.logBytes -= b.ofRun.logBytes
	}
	t.Logf("%s: %+v", row, used)
	want, ok := b.documented[row]
	if delete(b.documented, row); !ok {
		return // compared before
	}
	if used.reads != want.reads || used.writes != want.writes || used.index != want.index || used.logBytes > want.logBytes || used.logBytes < 0.75*want.logBytes {
		t.Errorf("%s used %+v, and costs.md says %+v", row, used, want)
	}
}

// measure is what a function uses for one event.
func (b *bill) measure(t *testing.T, function string, work func()) uses {
	t.Helper()
	f, planner, last := b.running[function], b.running["FindDue"], "request"
	if function == "KeepGrants" {
		last = "tasks done"
	}
	before, beforePlan, lines := len(f.output.Bytes()), len(planner.output.Bytes()), len(f.lines(last))
	b.meter.reset()
	work()
	used := b.meter.used()
	if function == "FindDue" { // a run that finds nothing logs nothing
		time.Sleep(100 * time.Millisecond)
		used.logBytes = f.logged(before)
		return used
	}
	if len(f.waitForLines(last, lines+1)) != lines+1 {
		t.Fatalf("%s has not logged %q:\n%s", function, last, f.output)
	}
	used.logBytes = f.logged(before)
	if function == "KeepGrants" {
		used.logBytes += planner.logged(beforePlan)
	}
	return used
}

// logged are the bytes that CloudWatch charges of what was written since: of
// ours, not of the emulator's own lines.
func (f *emulated) logged(since int) (n float64) {
	const (
		perLine = 26 // that CloudWatch adds to each
		onAWS   = len(`"xray_trace_id":"1-5759e988-bd862e3fe1be46a994272793",`) + len(":live")
	)
	for line := range strings.Lines(string(f.output.Bytes()[since:])) {
		if strings.HasPrefix(line, "{") {
			n += float64(len(line) - 1 + perLine)
			if strings.Contains(line, `"function_request_id"`) {
				n += float64(onAWS)
			}
		}
	}
	return n
}
