package template_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func readOperatePage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEachAlarmIsInTheOperatePage(t *testing.T) {
	var anchors, told []string
	for _, paragraph := range strings.Split(readOperatePage(t), "\n\n") {
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
			t.Errorf("docs/operate.md has %s for %v, want %v", what, got, want)
		}
	}
	for name, a := range alarms {
		if !strings.HasSuffix(a.AlarmDescription, ". https://github.com/opgrants/opgrants/blob/main/docs/operate.md#"+name) {
			t.Errorf("%s does not lead to its paragraph: %s", name, a.AlarmDescription)
		}
	}
}
