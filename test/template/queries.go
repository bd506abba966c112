package template

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/peers"
)

// OperateQueries are the queries of docs/operate.md, which are indented as code.
func OperateQueries(t testing.TB) (all []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(peers.Root(t), "docs", "operate.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range regexp.MustCompile(`(?m)(?:^    .+\n)+`).FindAllString(string(text), -1) {
		if strings.Contains(block, "filter ") {
			all = append(all, strings.ReplaceAll(block, "\n", " "))
		}
	}
	return all
}

// QueryMessages are those that a query of CloudWatch Logs Insights looks for.
func QueryMessages(query string) (all []string) {
	for _, filter := range regexp.MustCompile(`message (?:=|in) ("[^"]+|\[[^\]]+\])`).FindAllStringSubmatch(query, -1) {
		for _, message := range regexp.MustCompile(`"([^",\]]+)`).FindAllStringSubmatch(filter[1], -1) {
			all = append(all, message[1])
		}
	}
	return all
}

// QueryFields are those that a query reads: of an event of Lambda's own too, but
// without those of CloudWatch's (@…) and those that the query makes (as …).
func QueryFields(query string) (all []string) {
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
