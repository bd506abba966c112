package template_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
)

// messages are those that a query looks for.
func messages(query string) (all []string) {
	for _, filter := range regexp.MustCompile(`message (?:=|in) ("[^"]+|\[[^\]]+\])`).FindAllStringSubmatch(query, -1) {
		for _, message := range regexp.MustCompile(`"([^",\]]+)`).FindAllStringSubmatch(filter[1], -1) {
			all = append(all, message[1])
		}
	}
	return all
}

// fields are those that a query reads: of an event of Lambda's own too, but
// without those of CloudWatch's (@…) and those that the query makes (as …).
func fields(query string) (all []string) {
	query = regexp.MustCompile(`"[^"]*"|like /[^/]*/|bin\([^)]*\)`).ReplaceAllString(query, "")
	var names []string
	for _, part := range regexp.MustCompile(`\b(?:filter|stats|by|sort|fields) ([^|]*)`).FindAllStringSubmatch(query, -1) {
		names = append(names, regexp.MustCompile(`@?[a-zA-Z][\w.]*\(?`).FindAllString(part[1], -1)...)
	}
	made := regexp.MustCompile(`\bas (\w+)`).FindAllStringSubmatch(query, -1)
	for _, name := range names {
		word := slices.Contains([]string{"and", "or", "in", "like", "as", "by", "desc"}, name)
		if word || strings.HasPrefix(name, "@") || strings.HasSuffix(name, "(") ||
			slices.ContainsFunc(made, func(alias []string) bool { return alias[1] == name }) {
			continue
		}
		all = append(all, name)
	}
	return all
}

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

// queries are those of docs/operate.md, indented as code, and of the dashboard.
func queries(t *testing.T) (all []string) {
	t.Helper()
	for _, block := range regexp.MustCompile(`(?m)(?:^    .+\n)+`).FindAllString(readOperatePage(t), -1) {
		if strings.Contains(block, "filter ") {
			all = append(all, strings.ReplaceAll(block, "\n", " "))
		}
	}
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

func TestQueriesLookForWhatIsLogged(t *testing.T) {
	code := logged(t)
	for _, query := range queries(t) {
		for _, message := range messages(query) {
			if !slices.Contains(ofStatuses, message) && !strings.Contains(code, `"`+message+`"`) {
				t.Errorf("%s asks for the message %q, which nothing logs", query, message)
			}
		}
		read := fields(query)
		if len(read) == 0 {
			t.Errorf("%s reads nothing", query)
		}
		for _, field := range read {
			if !slices.Contains(ofLambda, field) && field != "level" && !strings.Contains(code, `"`+field+`"`) {
				t.Errorf("%s reads %q, which nothing logs", query, field)
			}
		}
	}
}
