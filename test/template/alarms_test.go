package template_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/internal/telemetry"
	"github.com/opgrants/opgrants/test/template"
)

type alarm struct {
	AlarmDescription        string
	AlarmActions, OKActions any
	TreatMissingData        string
	metric                  // of an alarm without Metrics
	Statistic               string
	Period                  int // seconds
	Metrics                 []query

	EvaluationPeriods, DatapointsToAlarm int // 0: as many as EvaluationPeriods
	Threshold                            float64
	ComparisonOperator                   string
}

// A query is a metric or an expression of an alarm that has several.
type query struct {
	ID         string `json:"Id"`
	ReturnData *bool  // nil: true
	Expression string
	MetricStat *struct {
		Metric metric
		Period int
		Stat   string
	}
}

// metrics are all that an alarm watches.
func (a alarm) metrics() (all []metric) {
	if a.Metrics == nil {
		return []metric{a.metric}
	}
	for _, q := range a.Metrics {
		if q.MetricStat != nil {
			all = append(all, q.MetricStat.Metric)
		}
	}
	return all
}

func readAlarms(t *testing.T) map[string]alarm {
	return template.Resources[alarm](t, template.Read(t), "AWS::CloudWatch::Alarm")
}

func TestAlarmsWatchWhatTheFunctionsCount(t *testing.T) {
	is, watched := readCounted(t), map[string]string{}
	coded := map[string]string{ // by code
		string(grant.TokenLost): grant.FailureTokenLost, string(grant.GrantRefused): grant.CodeKeyRefused, string(payment.PaymentRefused): grant.CodeKeyRefused,
	}
	for name, a := range readAlarms(t) {
		for _, m := range a.metrics() {
			if strings.HasPrefix(m.Namespace, "AWS/") {
				continue
			}
			is.check(t, m)
			watched[m.MetricName] = name
			if len(m.Dimensions) == 2 && m.MetricName != telemetry.ServerFault && coded[m.MetricName] != m.Dimensions[1].Value {
				t.Errorf("%s watches %s of the code %s, which is not counted", name, m.MetricName, m.Dimensions[1].Value)
			}
		}
	}
	want := []string{string(payment.PaymentUndecided), string(payment.PaymentProcessing), string(payment.PaymentFailed), telemetry.ServerFault, "ApiThrottled"}
	for _, m := range []grant.Metric{grant.GrantFailed, grant.HashMismatch, grant.TokenLost, grant.RotationFailed, grant.KeepFailed, grant.KeepLeft, grant.CancelOwed,
		grant.OldestDue, grant.GivenUp, grant.BreakerOpened} {
		want = append(want, string(m))
	}
	for _, m := range want {
		if watched[m] == "" {
			t.Errorf("no alarm watches %s", m)
		}
	}
}

func TestAlarmsWatchEachFunctionTheAPIAndTheTable(t *testing.T) {
	watched := map[string]bool{}
	for _, a := range readAlarms(t) {
		for _, m := range a.metrics() {
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
		"AWS/DynamoDB WriteThrottleEvents [TableName=GrantsTable GlobalSecondaryIndexName=list]",
		"AWS/SQS ApproximateNumberOfMessagesVisible [QueueName=DeadLetterQueue.QueueName]",
	}
	for name := range template.Resources[function](t, template.Read(t), "AWS::Serverless::Function") {
		want = append(want, "AWS/Lambda Errors [FunctionName="+name+"]", "AWS/Lambda Throttles [FunctionName="+name+"]")
		if name != "FindDue" { // whose failures AWS counts: nobody waits for an answer
			want = append(want, "opgrants ServerFault [function_name="+name+"]")
		}
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
			if fmt.Sprint(actions) != "[[HasAlarmTopic AlarmTopicArn AWS::NoValue] [HasAlarmEmail AlarmTopic AWS::NoValue]]" {
				t.Errorf("%s tells %v", name, actions)
			}
		}
	}
}

// Where nothing happens there is nothing to count, but for the schedule.
func TestSilenceIsATroubleOnlyOfTheSchedule(t *testing.T) {
	for name, a := range readAlarms(t) {
		want := "notBreaching"
		if name == "FindDueMissed" {
			want = "breaching"
		}
		if a.TreatMissingData != want {
			t.Errorf("%s treats missing data as %q, want %q", name, a.TreatMissingData, want)
		}
	}
}
