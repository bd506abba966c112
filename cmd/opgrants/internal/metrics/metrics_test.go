package metrics

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/keeping"
	"github.com/opgrants/opgrants/internal/payment"
)

// fixed is a State.
type fixed struct {
	oldest              time.Duration
	givenUp, processing int
	err                 error
}

func (f fixed) OldestDue(context.Context) (time.Duration, error) { return f.oldest, f.err }
func (f fixed) CountGivenUp(context.Context) (int, error)        { return f.givenUp, nil }
func (f fixed) CountProcessing(ctx context.Context) (int, error) { return f.processing, ctx.Err() }

// scrape returns what Prometheus reads.
func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	answer := httptest.NewRecorder()
	m.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if answer.Code != 200 {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	return answer.Body.String()
}

func mustHave(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !slices.Contains(strings.Split(text, "\n"), line) {
			t.Errorf("there is no line %s", line)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

func TestWhatIsCountedIsShown(t *testing.T) {
	m := New()
	m.Watch(fixed{90 * time.Second, 3, 2, nil})
	mustHave(t, scrape(t, m), "opgrants_grant_requested_total 0", "opgrants_payment_undecided_total 0", `opgrants_schedule_grants_total{result="kept"} 0`)
	m.CountGrant(t.Context(), grant.GrantRequested, "", 1)
	m.CountGrant(t.Context(), grant.GrantFailed, "outcome_unknown", 2)
	m.CountPayment(t.Context(), payment.PaymentCompleted, "", 1)
	m.CountPayment(t.Context(), payment.PaymentFailed, "no_liquidity", 1)
	m.CountPayment(t.Context(), payment.PaymentSeconds, "", 7)
	m.AddReport(keeping.Report{Kept: 4, Settled: 3, Lost: 2, Failed: 1})
	m.AddReport(keeping.Report{Kept: 1})
	m.ScheduleRan()
	handler := m.Measure(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }))
	handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("ANYTHING", "/grants/secret", nil))
	text := scrape(t, m)
	mustHave(t, text, "opgrants_grant_requested_total 1", `opgrants_grant_failed_total{code="outcome_unknown"} 2`,
		"opgrants_payment_completed_total 1", `opgrants_payment_failed_total{code="no_liquidity"} 1`, "opgrants_payment_seconds_total 7",
		`opgrants_schedule_grants_total{result="kept"} 5`, `opgrants_schedule_grants_total{result="settled"} 3`,
		`opgrants_schedule_grants_total{result="lost"} 2`, `opgrants_schedule_grants_total{result="failed"} 1`,
		"opgrants_oldest_due_seconds 90", "opgrants_grants_given_up 3", "opgrants_payments_processing 2", "opgrants_http_requests_in_flight 0",
		`opgrants_http_request_duration_seconds_count{code="404",method="unknown"} 1`)
	if strings.Contains(text, "secret") || strings.Contains(text, "schedule_last_run_timestamp_seconds 0") {
		t.Errorf("it shows a path, or no run of the schedule:\n%s", text)
	}
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, prefix) { // the others are the library's own
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	if err != nil {
		t.Error(err)
	}
}

func TestWhatCannotBeReadIsLeftOut(t *testing.T) {
	m := New()
	m.Watch(fixed{err: errors.New("no disk"), processing: 2})
	text := scrape(t, m)
	mustHave(t, text, "opgrants_payments_processing 2", "opgrants_grant_requested_total 0")
	if strings.Contains(text, "opgrants_oldest_due_seconds ") {
		t.Errorf("it shows what could not be read:\n%s", text)
	}
}

// TestEachMetricIsAnEvent compares the events with the constants of the packages that
// count, so that a new metric is shown here too.
func TestEachMetricIsAnEvent(t *testing.T) {
	declared := slices.Concat(constants(t, "../../../../internal/grant/metric.go"), constants(t, "../../../../internal/payment/metric.go"))
	shown := slices.Clone(elsewhere)
	for _, e := range events {
		shown = append(shown, e.name)
	}
	slices.Sort(declared)
	slices.Sort(shown)
	if len(declared) < 20 || !slices.Equal(declared, shown) {
		t.Errorf("declared are\n%v, here are\n%v", declared, shown)
	}
}

// constants are the values of the constants with the type Metric in a file.
func constants(t *testing.T, path string) (all []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if of, ok := spec.Type.(*ast.Ident); ok && of.Name == "Metric" {
				value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, value)
			}
		}
		return true
	})
	return all
}

// The functions count for CloudWatch, and must not grow by a library that they do not
// use.
func TestTheFunctionsDoNotImportPrometheus(t *testing.T) {
	deps, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "../../../../functions/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	if all := string(deps); !strings.Contains(all, "opgrants/internal/grant\n") || strings.Contains(all, "github.com/prometheus/") {
		t.Error("the functions import Prometheus, or nothing was listed")
	}
}
