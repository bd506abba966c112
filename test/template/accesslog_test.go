package template_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/template"
)

// The functions log an event's requestContext.requestId as correlation_id, and
// that is $context.requestId: one id leads from here to what a wallet answered.
func TestTheAccessLogNamesARequestAsTheFunctionsDo(t *testing.T) {
	stage := template.Resources[struct{ AccessLogSettings struct{ Format string } }](t, template.Read(t), "AWS::ApiGatewayV2::Stage")["Stage"]
	var line map[string]string
	if err := json.Unmarshal([]byte(stage.AccessLogSettings.Format), &line); err != nil {
		t.Fatalf("a line is no JSON: %v: %s", err, stage.AccessLogSettings.Format)
	}
	if strings.Contains(stage.AccessLogSettings.Format, "\n") {
		t.Error("a line is not one line")
	}
	if line["requestId"] != "$context.requestId" {
		t.Errorf("requestId is %q", line["requestId"])
	}
}

// Each log group of another name takes a part of the one policy by which API
// Gateway may write in a region, and in an account with many it is full:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
func TestTheAccessLogNeedsNoPlaceInThePolicyOfTheAccount(t *testing.T) {
	log := template.Resources[struct{ LogGroupName string }](t, template.Read(t), "AWS::Logs::LogGroup")["AccessLog"]
	if !strings.HasPrefix(log.LogGroupName, "/aws/vendedlogs/${AWS::StackName}") { // two stacks have two
		t.Errorf("it is named %q", log.LogGroupName)
	}
}
