package functions_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func readRunbook(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEachAlarmIsInTheRunbook(t *testing.T) {
	var anchors, told []string
	for _, paragraph := range strings.Split(readRunbook(t), "\n\n") {
		here := regexp.MustCompile(`<a id="(\w+)"></a>`).FindAllStringSubmatch(paragraph, -1)
		for _, anchor := range here {
			anchors = append(anchors, anchor[1])
		}
		if bold := regexp.MustCompile(`(?s)</a>\*\*(.+?)\.\*\* \w`).FindStringSubmatch(paragraph); bold != nil {
			told = append(told, regexp.MustCompile(`,\s+`).Split(bold[1], -1)...)
		}
	}
	alarms := readAlarms(t)
	want := slices.Sorted(maps.Keys(alarms))
	for what, got := range map[string][]string{"anchors": anchors, "paragraphs": told} {
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("docs/runbook.md has %s for %v, want %v", what, got, want)
		}
	}
	for name, a := range alarms {
		if !strings.HasSuffix(a.AlarmDescription, ". https://github.com/opgrants/opgrants/blob/main/docs/runbook.md#"+name) {
			t.Errorf("%s does not lead to its paragraph: %s", name, a.AlarmDescription)
		}
	}
}

// messages are those that a query looks for.
func messages(query string) (all []string) {
	for _, filter := range regexp.MustCompile(`message (?:=|in) ("[^"]+|\[[^\]]+\])`).FindAllStringSubmatch(query, -1) {
		for _, message := range regexp.MustCompile(`"([^",\]]+)`).FindAllStringSubmatch(filter[1], -1) {
			all = append(all, message[1])
		}
	}
	return all
}

func TestQueriesLookForWhatIsLogged(t *testing.T) {
	var code strings.Builder
	err := filepath.WalkDir("../internal", func(path string, _ fs.DirEntry, err error) error {
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
	wanted := messages(readRunbook(t))
	if len(wanted) < 10 {
		t.Errorf("docs/runbook.md asks for %q only", wanted)
	}
	for _, w := range readDashboard(t) {
		wanted = append(wanted, messages(w.Properties.Query)...)
	}
	for _, message := range wanted {
		if message == "grant failed" { // "grant " and the status
			continue
		}
		if !strings.Contains(code.String(), `"`+message+`"`) {
			t.Errorf("a query asks for the message %q, which nothing logs", message)
		}
	}
}
