package functions_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

type role struct {
	AssumeRolePolicyDocument struct {
		Statement []struct{ Principal struct{ Service string } }
	}
	ManagedPolicyArns []string
	Policies          []struct {
		PolicyDocument struct{ Statement []statement }
	}
}

type statement struct {
	Action   any // one, or a list
	Resource any // one, or the arguments of !If
}

// may are the actions of all statements, each with what it may be done on.
func may(r role) (all []string) {
	for _, s := range r.Policies[0].PolicyDocument.Statement {
		actions, ok := s.Action.([]any)
		if !ok {
			actions = []any{s.Action}
		}
		for _, action := range actions {
			all = append(all, fmt.Sprint(action, " on ", s.Resource))
		}
	}
	slices.Sort(all)
	return all
}

func TestEachRoleMayDoJustWhatItsFunctionDoes(t *testing.T) {
	onTable := func(actions ...string) (all []string) {
		for _, action := range actions {
			all = append(all, "dynamodb:"+action+" on GrantsTable.Arn")
		}
		return all
	}
	// A lost race is read again, and an Idempotency-Key is reserved, then used.
	table := map[string][]string{
		"RequestGrant":   onTable("GetItem", "PutItem", "UpdateItem"),
		"FinishCallback": onTable("GetItem", "UpdateItem"),
		"ManageGrant":    onTable("GetItem", "UpdateItem"),
		"KeepGrants":     append(onTable("GetItem", "UpdateItem"), "dynamodb:Query on ${GrantsTable.Arn}/index/due"),
	}
	want := map[string][]string{"KeepGrantsScheduleRole": {"lambda:InvokeFunction on KeepGrants.Arn"}}
	for function, actions := range table {
		want[function+"Role"] = append(actions,
			"secretsmanager:GetSecretValue on [OwnSecret SigningKey.Id SigningKeySecretArn]",
			"logs:CreateLogStream on "+function+"Log.Arn", "logs:PutLogEvents on "+function+"Log.Arn",
			"xray:PutTraceSegments on *", "xray:PutTelemetryRecords on *") // X-Ray has no resources
	}
	roles := resources[role](t, readTemplate(t), "AWS::IAM::Role")
	if len(roles) != len(want) {
		t.Errorf("%d roles, want %d", len(roles), len(want))
	}
	for name, r := range roles {
		got := may(r)
		slices.Sort(want[name])
		if !slices.Equal(got, want[name]) || len(r.Policies) != 1 || len(r.ManagedPolicyArns) != 0 {
			t.Errorf("%s may\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want[name], "\n"))
		}
		service := "lambda.amazonaws.com"
		if name == "KeepGrantsScheduleRole" {
			service = "scheduler.amazonaws.com"
		}
		if trusted := r.AssumeRolePolicyDocument.Statement; len(trusted) != 1 || trusted[0].Principal.Service != service {
			t.Errorf("%s is for %v, want %s", name, trusted, service)
		}
	}
}

type function struct {
	Role              string
	Timeout           int // seconds; 0: that of Globals
	LoggingConfig     struct{ LogGroup string }
	EventInvokeConfig *struct{ MaximumRetryAttempts *int }
}

func TestEachFunctionHasItsOwnRoleAndLog(t *testing.T) {
	from := readTemplate(t)
	for name, f := range resources[function](t, from, "AWS::Serverless::Function") {
		if f.Role != name+"Role.Arn" || f.LoggingConfig.LogGroup != name+"Log" {
			t.Errorf("%s has the role %s and the log %s", name, f.Role, f.LoggingConfig.LogGroup)
		}
		if from.Resources[name+"Log"].Type != "AWS::Logs::LogGroup" {
			t.Errorf("%s logs to nothing", name)
		}
	}
}
