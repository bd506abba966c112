//go:build tools

package deployment_test

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// TestRequestsUseWhatTheCostsSay runs the functions through the lives of a
// one-off and of a recurring grant, and compares the units of DynamoDB and the
// log bytes of each request with docs/costs.md.
func TestRequestsUseWhatTheCostsSay(t *testing.T) {
	d := startCloud(t).deploy(t)
	d.putKey(t)
	m := startMeter(t, d.dynamoDB)
	d.dynamoDB = m.URL
	running := map[string]*emulated{}
	for _, function := range functions {
		running[function] = emulate(t, function, append(d.environment(), "POWERTOOLS_LOG_LEVEL=INFO",
			"AWS_LAMBDA_FUNCTION_NAME=opgrants-"+function+"-AbCdEfGhIjKl")...)
	}
	b := &bill{deployment: d, meter: m, running: running, documented: documentedUses(t)}
	b.life(t, "warm", "R/2026-01-01T00:00:00Z/P1M", func(t *testing.T, _, function string, work func()) { b.measure(t, function, work) }) // starts them
	b.life(t, "recurring", "R/2026-01-01T00:00:00Z/P1M", b.compare)
	b.life(t, "one-off", "", b.compare)
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

// life takes a grant through all that the table has, and has each request
// compared with its row.
func (b *bill) life(t *testing.T, kind, interval string, compare func(t *testing.T, row, function string, work func())) {
	t.Helper()
	asking, returning, managing := b.running["RequestGrant"], b.running["FinishCallback"], b.running["ManageGrant"]
	ask := b.request(t, func(e *events.APIGatewayV2HTTPRequest) {
		e.Headers["idempotency-key"] = kind
		e.Body = withInterval(t, e.Body, interval)
	})
	var id, consentURL, code, given string
	compare(t, "POST /grants with an Idempotency-Key and a reference", asking.name, func() {
		made := wants(t, asking.invoke(t, ask), http.StatusCreated)
		id, consentURL = made["id"].(string), made["consentUrl"].(string)
	})
	link, err := b.wallet.Approve(consentURL)
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "GET /grants/{id}/finish", returning.name, func() { code = wantCode(t, id, returning.invoke(t, finish(t, link))) })
	compare(t, "POST /grants/{id}/token with the code, "+kind, managing.name, func() {
		given = wants(t, managing.invoke(t, token(t, id, account, `{"code":"`+code+`"}`)), http.StatusOK)["accessToken"].(string)
	})
	compare(t, "GET /grants/{id}", managing.name, func() { wants(t, managing.invoke(t, event(t, "get-grant.json", of(id))), http.StatusOK) })
	if interval == "" {
		return
	}
	compare(t, "POST /grants/{id}/token that rotates, recurring", managing.name, func() {
		wants(t, managing.invoke(t, token(t, id, account, `{"refused":"`+given+`"}`)), http.StatusOK)
	})
	compare(t, "a run", "FindDue", func() { b.run(t, 0) })
	b.makeDue(t, id)
	time.Sleep(5 * time.Second) // after which a circuit breaker is read again, as in each run of the schedule
	compare(t, "the schedule, for each grant that is due", "KeepGrants", func() { b.run(t, 1) })
}

func (b *bill) run(t *testing.T, kept int) {
	t.Helper()
	k := &keeper{b.deployment, b.running["FindDue"], b.running["KeepGrants"]}
	if plan, did := k.run(t); plan.HandedOut != kept || did != (worked{done: kept}) {
		t.Errorf("a run handed out %+v and did %+v, want %d kept", plan, did, kept)
	}
}

// withInterval is a body of POST /grants with another interval, or none.
func withInterval(t *testing.T, body, interval string) string {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(body), &fields); err != nil {
		t.Fatal(err)
	}
	limits := fields["limits"].(map[string]any)
	if limits["interval"] = interval; interval == "" {
		delete(limits, "interval")
	}
	changed, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return string(changed)
}

func (b *bill) compare(t *testing.T, row, function string, work func()) {
	t.Helper()
	used := b.measure(t, function, work)
	switch row {
	case "a run":
		b.ofRun = used
	case "the schedule, for each grant that is due":
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
