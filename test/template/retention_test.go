package template_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/test/template"
)

// What nobody can make again outlives the stack. If the deployment that made it
// fails, it goes with the stack: an empty secret is of no use, and a key costs. The
// table stays even then, as it is protected: a rollback that tried to delete it
// would fail too, and block the next deployment.
func TestGrantsAndKeysOutliveTheStack(t *testing.T) {
	want := map[string]string{
		"GrantsTable": "Retain Retain", "SigningKey": "RetainExceptOnCreate Retain", "SigningKmsKey": "RetainExceptOnCreate Retain",
		"Key": "RetainExceptOnCreate Retain",
	}
	from := template.Read(t)
	for name, r := range from.Resources {
		got := strings.TrimSpace(r.DeletionPolicy + " " + r.UpdateReplacePolicy)
		keeps := strings.Contains(got, "Retain")
		if keeps && got != want[name] || !keeps && want[name] != "" {
			t.Errorf("%s has the policies %q, want %q", name, got, want[name])
		}
	}
	table := template.Resources[struct {
		TimeToLiveSpecification struct {
			AttributeName string
			Enabled       bool
		}
		PointInTimeRecoverySpecification struct{ PointInTimeRecoveryEnabled bool }
		DeletionProtectionEnabled        bool
	}](t, from, "AWS::DynamoDB::Table")["GrantsTable"]
	item, err := json.Marshal(grant.Item{TTL: 4711})
	if err != nil {
		t.Fatal(err)
	}
	if ttl := table.TimeToLiveSpecification; !ttl.Enabled || !strings.Contains(string(item), `"`+ttl.AttributeName+`":4711`) {
		t.Errorf("items expire by %+v, which is not where their time is: %s", ttl, item)
	}
	if !table.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled || !table.DeletionProtectionEnabled {
		t.Error("the table can be lost")
	}
}

// What outlives a stack, or a deployment that failed, has no name of its own: with
// one, the next deployment would find it taken.
func TestWhatIsLeftBlocksNoDeployment(t *testing.T) {
	from := template.Read(t)
	for name, r := range from.Resources {
		var names map[string]any
		if err := json.Unmarshal(r.Properties, &names); err != nil {
			t.Fatal(err)
		}
		for _, property := range []string{"TableName", "Name", "QueueName", "LogGroupName", "RoleName", "FunctionName", "ManagedPolicyName", "TopicName", "AlarmName", "DashboardName"} {
			if strings.HasPrefix(r.DeletionPolicy, "Retain") && names[property] != nil {
				t.Errorf("%s is left behind, and has the name %v", name, names[property])
			}
		}
	}
}

// Logs live as long as the stack says: each function and the API have a log group
// of the stack, which expires by a parameter and goes with the stack. Lambda makes
// no other: no role may create one.
func TestLogsLiveAsLongAsTheStackSays(t *testing.T) {
	from := template.Read(t)
	groups := template.Resources[struct{ RetentionInDays any }](t, from, "AWS::Logs::LogGroup")
	want := []string{"AccessLog"}
	for name := range template.Resources[function](t, from, "AWS::Serverless::Function") {
		want = append(want, name+"Log")
	}
	var got []string
	for name, group := range groups {
		got = append(got, name)
		r := from.Resources[name]
		if policies := fmt.Sprint(group.RetentionInDays, " ", r.DeletionPolicy, " ", r.UpdateReplacePolicy); policies != "LogRetentionDays Delete Delete" {
			t.Errorf("%s is kept for %s", name, policies)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("log groups are %v, want %v", got, want)
	}
	stages := template.Resources[struct {
		AccessLogSettings struct{ DestinationArn string }
	}](t, from, "AWS::ApiGatewayV2::Stage")
	for name, s := range stages {
		if s.AccessLogSettings.DestinationArn != "AccessLog.Arn" {
			t.Errorf("%s logs to %q", name, s.AccessLogSettings.DestinationArn)
		}
	}
}
