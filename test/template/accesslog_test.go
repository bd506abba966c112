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
	for name, want := range map[string]string{
		"requestId": "$context.requestId",
		// Who it was, also of a request that no function saw.
		"userArn": "$context.identity.userArn", "sub": "$context.authorizer.claims.sub", "sourceIp": "$context.identity.sourceIp",
		"latency": "$context.responseLatency", "status": "$context.status",
	} {
		if line[name] != want {
			t.Errorf("%s is %q, want %q", name, line[name], want)
		}
	}
	for _, secret := range []string{"$context.path", "$context.awsEndpointRequestId", "query", "$context.authorizer.claims.jti"} {
		if strings.Contains(stage.AccessLogSettings.Format, secret) {
			t.Errorf("it has %s", secret)
		}
	}
}

// What API Gateway turns away is counted out of this log, whose lines have the
// dimension.
func TestThrottledRequestsAreCountedInTheAccessLog(t *testing.T) {
	from := template.Read(t)
	f := template.Resources[metricFilter](t, from, "AWS::Logs::MetricFilter")["ThrottledRequests"]
	format := template.Resources[struct{ AccessLogSettings struct{ Format string } }](t, from, "AWS::ApiGatewayV2::Stage")["Stage"].AccessLogSettings.Format
	if f.LogGroupName != "AccessLog" || f.FilterPattern != `{ $.status = "429" }` || !strings.Contains(format, `"status":"$context.status"`) {
		t.Errorf("counted are the lines of %s with %s", f.LogGroupName, f.FilterPattern)
	}
	m := f.MetricTransformations[0]
	if m.MetricValue != "1" || m.Dimensions[0].Value != "$.service" || !strings.Contains(format, `"service":"${AWS::StackName}"`) {
		t.Errorf("counted as %+v", m)
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
