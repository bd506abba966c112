package template_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/test/template"
)

type alarm struct {
	AlarmDescription        string
	AlarmActions, OKActions any
	TreatMissingData        string
	metric                  // none is an expression: emulators have no such alarms
}

func readAlarms(t *testing.T) map[string]alarm {
	return template.Resources[alarm](t, template.Read(t), "AWS::CloudWatch::Alarm")
}

func TestAlarmsWatchWhatTheFunctionsCount(t *testing.T) {
	is, watched := readCounted(t), map[string]string{}
	for name, a := range readAlarms(t) {
		if strings.HasPrefix(a.Namespace, "AWS/") {
			continue
		}
		is.check(t, a.metric)
		watched[a.MetricName] = name
		if len(a.Dimensions) == 2 && (a.MetricName != string(grant.TokenLost) || a.Dimensions[1].Value != grant.FailureTokenLost) {
			t.Errorf("%s watches %s of the code %s, which is not counted", name, a.MetricName, a.Dimensions[1].Value)
		}
	}
	want := []string{string(payment.PaymentUndecided), string(payment.PaymentProcessing), string(payment.PaymentFailed)}
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
		var dimensions []string
		for _, d := range a.Dimensions {
			dimensions = append(dimensions, d.Name+"="+d.Value)
		}
		watched[fmt.Sprint(a.Namespace, " ", a.MetricName, " ", dimensions)] = true
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
