package template_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/internal/telemetry"
	"github.com/opgrants/opgrants/test/template"
)

type widget struct {
	Type       string
	Properties struct {
		Title, Query string
		Metrics      [][]any // namespace, name, dimensions, and options; or an expression alone
		Alarms       []string
	}
}

func readDashboard(t *testing.T) []widget {
	t.Helper()
	text := template.Resources[struct{ DashboardBody string }](t, template.Read(t), "AWS::CloudWatch::Dashboard")["Dashboard"].DashboardBody
	var dashboard struct{ Widgets []widget }
	if err := json.Unmarshal([]byte(text), &dashboard); err != nil {
		t.Fatalf("DashboardBody: %v", err)
	}
	return dashboard.Widgets
}

// asked is the metric of a line of a widget, and the expression of one that has
// none. A ${Name} is read as Name.
func asked(line []any) (m metric, expression string) {
	var words []string
	for _, word := range line {
		if s, ok := word.(string); ok {
			words = append(words, strings.TrimSuffix(strings.TrimPrefix(s, "${"), "}"))
		}
	}
	if len(words) < 2 {
		options, _ := line[0].(map[string]any)
		expression, _ = options["expression"].(string)
		return m, expression
	}
	m.Namespace, m.MetricName = words[0], words[1]
	for pair := range slices.Chunk(words[2:], 2) {
		m.Dimensions = append(m.Dimensions, struct{ Name, Value string }{pair[0], pair[1]})
	}
	return m, ""
}

func TestTheDashboardShowsAllThatIsCountedAndNothingElse(t *testing.T) {
	is, shown := readCounted(t), map[string]bool{}
	for _, w := range readDashboard(t) {
		for _, line := range w.Properties.Metrics {
			if m, expression := asked(line); expression == "" && !strings.HasPrefix(m.Namespace, "AWS/") {
				is.check(t, m)
				shown[m.MetricName] = true
			}
		}
	}
	for name := range is.names {
		if !shown[name] {
			t.Errorf("%s is counted, and not on the dashboard", name)
		}
	}
}

func TestTheDashboardBeginsWithTheFunnel(t *testing.T) {
	var funnel []grant.Metric
	for _, line := range readDashboard(t)[0].Properties.Metrics {
		m, _ := asked(line)
		funnel = append(funnel, grant.Metric(m.MetricName))
	}
	if want := []grant.Metric{grant.GrantRequested, grant.GrantFinished, grant.GrantGranted, grant.GrantClaimed}; !slices.Equal(funnel, want) {
		t.Errorf("it begins with %v, want %v", funnel, want)
	}
}

// The codes are those of internal/grant and internal/payment: what they are is not repeated here.
func TestTheDashboardFindsWhatIsCountedByCode(t *testing.T) {
	is, found := readCounted(t), map[string]bool{}
	schema := "{" + is.namespace + "," + strings.Join(is.dimensions[len(is.dimensions)-1], ",") + "}"
	search := regexp.MustCompile(`^SEARCH\('(\S+) MetricName="(\w+)" service="\$\{(\S+)\}"', 'Sum', \d+\)$`)
	for _, w := range readDashboard(t) {
		for _, line := range w.Properties.Metrics {
			_, expression := asked(line)
			if expression == "" {
				continue
			}
			parts := search.FindStringSubmatch(expression)
			if parts == nil || parts[1] != schema || !is.names[parts[2]] || parts[3] != is.service {
				t.Errorf("%s finds nothing: the functions write %s of the service %s", expression, schema, is.service)
				continue
			}
			found[parts[2]] = true
		}
	}
	for _, m := range []string{string(grant.GrantRefused), string(grant.GrantFailed), string(grant.TokenLost),
		string(payment.PaymentFailed), string(payment.PaymentRefused)} {
		if !found[m] {
			t.Errorf("%s is not shown by code", m)
		}
	}
}

// A host is no dimension of a metric, as outsiders choose it: a query shows the
// first few, out of what each function logs.
func TestTheDashboardShowsHowLongEachWalletTakes(t *testing.T) {
	shown := 0
	for _, w := range readDashboard(t) {
		query := w.Properties.Query
		if !strings.Contains(query, "by "+telemetry.KeyWalletHost+" ") {
			continue
		}
		shown++
		for _, part := range []string{
			"filter ispresent(" + telemetry.KeyWalletMS + ")", "sum(" + telemetry.KeyWalletCalls + ")",
			"pct(" + telemetry.KeyWalletMS + ", 50)", "pct(" + telemetry.KeyWalletMS + ", 99)",
		} {
			if !strings.Contains(query, part) {
				t.Errorf("%s has no %s", query, part)
			}
		}
		for name := range template.Resources[function](t, template.Read(t), "AWS::Serverless::Function") {
			if !strings.Contains(query, fmt.Sprintf("SOURCE '${%sLog}'", name)) {
				t.Errorf("it does not look into the log of %s", name)
			}
		}
	}
	if shown != 1 {
		t.Errorf("%d queries show it", shown)
	}
}

func TestWhatTheDashboardListsIsBounded(t *testing.T) {
	for _, w := range readDashboard(t) {
		if query := w.Properties.Query; query != "" && !regexp.MustCompile(`\| limit (\d{1,2}|1\d\d|200)$`).MatchString(query) {
			t.Errorf("%s has no bound", query)
		}
	}
}

func TestTheDashboardShowsEachAlarmAndFunction(t *testing.T) {
	var alarms []string
	shown, queries := map[string]bool{}, ""
	for _, w := range readDashboard(t) {
		alarms = append(alarms, w.Properties.Alarms...)
		queries += w.Properties.Query
		for _, line := range w.Properties.Metrics {
			m, _ := asked(line)
			for _, d := range m.Dimensions {
				shown[m.MetricName+" of "+d.Value] = true
			}
		}
	}
	var want []string
	from := template.Read(t)
	for name := range readAlarms(t) {
		if from.Resources[name].Condition == "" { // a widget cannot leave one out
			want = append(want, "${"+name+".Arn}")
		}
	}
	slices.Sort(alarms)
	slices.Sort(want)
	if !slices.Equal(alarms, want) {
		t.Errorf("it has the alarms %v, want %v", alarms, want)
	}
	for name := range template.Resources[function](t, template.Read(t), "AWS::Serverless::Function") {
		for _, m := range []string{"Errors", "Throttles", "Duration", "Invocations"} {
			if !shown[m+" of "+name] {
				t.Errorf("it does not show %s of %s", m, name)
			}
		}
		if !strings.Contains(queries, fmt.Sprintf("SOURCE '${%sLog}'", name)) {
			t.Errorf("its queries do not look into the log of %s", name)
		}
	}
	for _, m := range []string{"ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"} {
		if !shown[m+" of GrantsTable"] {
			t.Errorf("it does not show %s", m)
		}
	}
}
