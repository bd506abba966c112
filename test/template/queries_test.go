package template_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/test/template"
)

// ofLambda are the fields of Lambda's own events that queries read: see "Lambda
// Telemetry API Event schema reference".
var ofLambda = []string{"type", "record.status", "record.metrics.initDurationMs"}

// ofStatuses are messages that are made of a word and a status.
var ofStatuses = []string{"grant " + string(grant.Failed), "payment " + string(payment.Failed), "payment " + string(payment.Undecided)}

// logged is the code that writes log lines.
func logged(t *testing.T) string {
	t.Helper()
	var code strings.Builder
	err := filepath.WalkDir("../../internal", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		code.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return code.String()
}

// queries are those of docs/operate.md and of the dashboard.
func queries(t *testing.T) []string {
	t.Helper()
	all := template.OperateQueries(t)
	for _, w := range readDashboard(t) {
		if w.Properties.Query != "" {
			all = append(all, w.Properties.Query)
		}
	}
	if len(all) < 15 {
		t.Fatalf("only %d queries: %q", len(all), all)
	}
	return all
}

// accessLog has the members of a line of the access log.
func accessLog(t *testing.T) map[string]string {
	t.Helper()
	stage := template.Resources[struct{ AccessLogSettings struct{ Format string } }](t, template.Read(t), "AWS::ApiGatewayV2::Stage")["Stage"]
	var line map[string]string
	if err := json.Unmarshal([]byte(stage.AccessLogSettings.Format), &line); err != nil {
		t.Fatal(err)
	}
	return line
}

func TestQueriesLookForWhatIsLogged(t *testing.T) {
	code, access := logged(t), accessLog(t)
	for _, query := range queries(t) {
		for _, message := range template.QueryMessages(query) {
			if !slices.Contains(ofStatuses, message) && !strings.Contains(code, `"`+message+`"`) {
				t.Errorf("%s asks for the message %q, which nothing logs", query, message)
			}
		}
		read := template.QueryFields(query)
		if len(read) == 0 {
			t.Errorf("%s reads nothing", query)
		}
		ofAccess := slices.Contains(read, "routeKey")
		for _, field := range read {
			if ofAccess {
				if access[field] == "" {
					t.Errorf("%s reads %q, which API Gateway does not log", query, field)
				}
				continue
			}
			if !slices.Contains(ofLambda, field) && field != "level" && !strings.Contains(code, `"`+field+`"`) {
				t.Errorf("%s reads %q, which nothing logs", query, field)
			}
		}
	}
}
