package functions_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
)

type alarm struct {
	AlarmDescription        string
	AlarmActions, OKActions any
	TreatMissingData        string
	metric                  // or Metrics
	Metrics                 []struct {
		ID, Expression string
		ReturnData     *bool
		MetricStat     struct{ Metric metric }
	}
}

// watches are the metrics that the alarm looks at.
func (a alarm) watches() (all []metric) {
	if a.MetricName != "" {
		all = append(all, a.metric)
	}
	for _, m := range a.Metrics {
		if m.Expression == "" {
			all = append(all, m.MetricStat.Metric)
		}
	}
	return all
}

func readAlarms(t *testing.T) map[string]alarm {
	return resources[alarm](t, readTemplate(t), "AWS::CloudWatch::Alarm")
}

func TestAlarmsWatchWhatTheFunctionsCount(t *testing.T) {
	is, watched := readCounted(t), map[string]string{}
	for name, a := range readAlarms(t) {
		for _, m := range a.watches() {
			if strings.HasPrefix(m.Namespace, "AWS/") {
				continue
			}
			is.check(t, m)
			watched[m.MetricName] = name
			if len(m.Dimensions) == 2 && (m.MetricName != string(grant.TokenLost) || m.Dimensions[1].Value != grant.FailureTokenLost) {
				t.Errorf("%s watches %s of the code %s, which is not counted", name, m.MetricName, m.Dimensions[1].Value)
			}
		}
	}
	for _, m := range []grant.Metric{grant.GrantFailed, grant.HashMismatch, grant.TokenLost, grant.RotationFailed, grant.KeepFailed, grant.CancelOwed} {
		if watched[string(m)] == "" {
			t.Errorf("no alarm watches %s", m)
		}
	}
}

func TestAlarmsWatchEachFunctionTheAPIAndTheTable(t *testing.T) {
	watched := map[string]bool{}
	for _, a := range readAlarms(t) {
		for _, m := range a.watches() {
			var dimensions []string
			for _, d := range m.Dimensions {
				dimensions = append(dimensions, d.Name+"="+d.Value)
			}
			watched[fmt.Sprint(m.Namespace, " ", m.MetricName, " ", dimensions)] = true
		}
	}
	want := []string{
		"AWS/ApiGateway 5xx [ApiId=Api Stage=Stage]", "AWS/ApiGateway Latency [ApiId=Api Stage=Stage]",
		"AWS/DynamoDB ReadThrottleEvents [TableName=GrantsTable]", "AWS/DynamoDB WriteThrottleEvents [TableName=GrantsTable]",
		"AWS/DynamoDB WriteThrottleEvents [TableName=GrantsTable GlobalSecondaryIndexName=due]",
	}
	for name := range resources[function](t, readTemplate(t), "AWS::Serverless::Function") {
		want = append(want, "AWS/Lambda Errors [FunctionName="+name+"]", "AWS/Lambda Throttles [FunctionName="+name+"]")
	}
	for _, w := range want {
		if !watched[w] {
			t.Errorf("no alarm watches %s", w)
		}
	}
}

func TestAlarmsTellTheTopicWhenTheyBeginAndEnd(t *testing.T) {
	for name, a := range readAlarms(t) {
		for _, actions := range []any{a.AlarmActions, a.OKActions} {
			if fmt.Sprint(actions) != "[[HasAlarmTopic AlarmTopicArn AWS::NoValue]]" {
				t.Errorf("%s tells %v", name, actions)
			}
		}
	}
}

// Where nothing happens there is nothing to count, but for the schedule.
func TestSilenceIsATroubleOnlyOfTheSchedule(t *testing.T) {
	for name, a := range readAlarms(t) {
		want := "notBreaching"
		if name == "KeepGrantsMissed" {
			want = "breaching"
		}
		if a.TreatMissingData != want {
			t.Errorf("%s treats missing data as %q, want %q", name, a.TreatMissingData, want)
		}
	}
}

func TestExpressionsNameTheirMetrics(t *testing.T) {
	identifier := regexp.MustCompile(`\b[a-z]\w*`)
	for name, a := range readAlarms(t) {
		var ids, used []string
		for _, m := range a.Metrics {
			if m.Expression == "" {
				ids = append(ids, m.ID)
			} else {
				used = append(used, identifier.FindAllString(m.Expression, -1)...)
			}
			if returned := m.ReturnData == nil || *m.ReturnData; returned != (m.Expression != "") {
				t.Errorf("%s: an alarm is on its one expression, and %s is returned: %t", name, m.ID, returned)
			}
		}
		slices.Sort(ids)
		slices.Sort(used)
		if used = slices.Compact(used); !slices.Equal(ids, used) {
			t.Errorf("%s has the metrics %v and uses %v", name, ids, used)
		}
	}
}
