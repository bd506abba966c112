package template_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/template"
)

type role struct {
	AssumeRolePolicyDocument struct {
		Statement []struct{ Principal struct{ Service string } }
	}
	ManagedPolicyArns   []string
	PermissionsBoundary any
	Policies            []struct {
		PolicyDocument struct{ Statement []statement }
	}
}

type statement struct {
	If        string `json:"-"` // the condition under which it is there; empty: always
	Principal any    // nil in a role's
	Effect    string
	Action    any // one, or a list
	Resource  any // one, a list, or the arguments of !If
	Condition any
}

// UnmarshalJSON reads a statement, or the arguments of an !If of one.
func (s *statement) UnmarshalJSON(text []byte) error {
	type plain statement
	var either []json.RawMessage
	if json.Unmarshal(text, &either) != nil {
		return json.Unmarshal(text, (*plain)(s))
	}
	if len(either) != 3 || string(either[2]) != `"AWS::NoValue"` {
		return fmt.Errorf("a statement is %s", text)
	}
	if err := json.Unmarshal(either[1], (*plain)(s)); err != nil {
		return err
	}
	return json.Unmarshal(either[0], &s.If)
}

// may are the actions of statements, each with what it may be done on and when.
func may(t *testing.T, statements []statement) (all []string) {
	for _, s := range statements {
		actions, ok := s.Action.([]any)
		if !ok {
			actions = []any{s.Action}
		}
		var limits string
		if s.Condition != nil {
			limits = fmt.Sprint(" where ", s.Condition)
		}
		if s.If != "" {
			limits += " if " + s.If
		}
		if s.Effect != "Allow" {
			t.Errorf("%v has the effect %q", s.Action, s.Effect)
		}
		for _, action := range actions {
			all = append(all, fmt.Sprint(action, " on ", s.Resource)+limits)
		}
	}
	slices.Sort(all)
	return all
}

// What a function does on the table is tried against the deployed stack, one
// action at a time. The rest is nothing to the emulator, so that it is compared
// with what AWS documents here.
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
		"ManageGrant":    append(onTable("GetItem", "UpdateItem"), "dynamodb:Query on ${GrantsTable.Arn}/index/list"),
		"MakePayment":    onTable("GetItem", "PutItem", "UpdateItem"),
		// It moves due times, and reads and changes the breakers of wallet hosts, which KeepGrants makes.
		"FindDue":    append(onTable("GetItem", "UpdateItem"), "dynamodb:Query on ${GrantsTable.Arn}/index/due"),
		"KeepGrants": onTable("GetItem", "PutItem", "UpdateItem"),
	}
	onQueue := map[string][]string{
		"FindDue": {"GetQueueAttributes", "SendMessage"},
		// AWS's policy AWSLambdaSQSQueueExecutionRole.
		"KeepGrants": {"DeleteMessage", "GetQueueAttributes", "ReceiveMessage"},
	}
	const deployed = "[RequestGrant.Arn ${RequestGrant.Arn}:* FinishCallback.Arn ${FinishCallback.Arn}:* ManageGrant.Arn ${ManageGrant.Arn}:* MakePayment.Arn ${MakePayment.Arn}:*]"
	want := map[string][]string{
		"FindDueScheduleRole": {"lambda:InvokeFunction on FindDue.Alias"},
		// Of AWS's policy AWSCodeDeployRoleForLambdaLimited, what a deployment without hooks, topics and files in S3 needs.
		"DeploymentRole": {
			"cloudwatch:DescribeAlarms on *", // whose resources a policy cannot name
			"lambda:GetAlias on " + deployed, "lambda:UpdateAlias on " + deployed, "lambda:GetProvisionedConcurrencyConfig on " + deployed,
		},
	}
	for function, actions := range table {
		services := []string{"dynamodb", "secretsmanager"}
		for _, action := range onQueue[function] {
			actions = append(actions, "sqs:"+action+" on TaskQueue.Arn")
		}
		// AWS's policy AWSLambdaBasicExecutionRole, without logs:CreateLogGroup: the stack has made it.
		actions = append(actions, "logs:CreateLogStream on "+function+"Log.Arn", "logs:PutLogEvents on "+function+"Log.Arn")
		if function == "FindDue" { // without traces, and without the key
			// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
			want[function+"Role"] = append(actions, throughServices("Decrypt", "dynamodb", "sqs"),
				"kms:GenerateDataKey on Key.Arn where map[StringEquals:map[kms:ViaService:sqs.${AWS::Region}.amazonaws.com]] if OwnKey")
			continue
		}
		if len(onQueue[function]) > 0 {
			services = append(services, "sqs")
		}
		want[function+"Role"] = append(actions,
			"secretsmanager:GetSecretValue on [HasSecret SigningKeySecretArn SigningKey.Id] if UseSecret",
			"kms:GetPublicKey on [HasKmsKey SigningKmsKeyArn SigningKmsKey.Arn] if UseKms",
			"kms:Sign on [HasKmsKey SigningKmsKeyArn SigningKmsKey.Arn] if UseKms",
			// AWS's policy AWSXRayDaemonWriteAccess, without the sampling rules, which Lambda does not ask for. X-Ray has no resources.
			"xray:PutTraceSegments on * if Traced", "xray:PutTelemetryRecords on * if Traced",
			// Who reads a secret or a table under a customer managed key must be allowed to decrypt, through that service.
			// https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
			// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
			throughServices("Decrypt", services...),
			"kms:Decrypt on SigningKeyKmsKeyArn where map[StringEquals:map[kms:ViaService:secretsmanager.${AWS::Region}.amazonaws.com]] if HasSecretKey")
	}
	roles := template.Resources[role](t, template.Read(t), "AWS::IAM::Role")
	if len(roles) != len(want) {
		t.Errorf("%d roles, want %d", len(roles), len(want))
	}
	for name, r := range roles {
		got := may(t, r.Policies[0].PolicyDocument.Statement)
		slices.Sort(want[name])
		if !slices.Equal(got, want[name]) || len(r.Policies) != 1 || len(r.ManagedPolicyArns) != 0 {
			t.Errorf("%s may\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want[name], "\n"))
		}
	}
}

// throughServices is an action on the stack's key, if there is one, for requests
// that these services make.
func throughServices(action string, services ...string) string {
	for i, s := range services {
		services[i] = s + ".${AWS::Region}.amazonaws.com"
	}
	return "kms:" + action + " on Key.Arn where map[StringEquals:map[kms:ViaService:[" + strings.Join(services, " ") + "]]] if OwnKey"
}

func TestEachRoleIsOfOneServiceAndWithinTheBoundary(t *testing.T) {
	services := map[string]string{"FindDueScheduleRole": "scheduler", "DeploymentRole": "codedeploy"}
	for name, r := range template.Resources[role](t, template.Read(t), "AWS::IAM::Role") {
		service := "lambda"
		if other := services[name]; other != "" {
			service = other
		}
		if trusted := r.AssumeRolePolicyDocument.Statement; len(trusted) != 1 || trusted[0].Principal.Service != service+".amazonaws.com" {
			t.Errorf("%s is for %v, want %s", name, trusted, service)
		}
		if fmt.Sprint(r.PermissionsBoundary) != "[HasBoundary PermissionsBoundaryArn AWS::NoValue]" {
			t.Errorf("%s has the boundary %v", name, r.PermissionsBoundary)
		}
	}
}

type function struct {
	Role                 string
	Tracing              string // empty: that of Globals
	Timeout              int    // seconds; 0: that of Globals
	LoggingConfig        struct{ LogGroup string }
	EventInvokeConfig    *struct{ MaximumRetryAttempts *int }
	Environment          struct{ Variables map[string]any }
	DeploymentPreference *struct{ Enabled, Type, Role, Alarms any }
}

func TestEachFunctionHasItsOwnRoleAndLog(t *testing.T) {
	from := template.Read(t)
	if c := from.Globals.Function.LoggingConfig; c.LogFormat != "JSON" || c.ApplicationLogLevel != "DEBUG" {
		t.Errorf("Lambda drops some of what the functions log, or does not read it: %+v", c)
	}
	for name, f := range template.Resources[function](t, from, "AWS::Serverless::Function") {
		if f.Role != name+"Role.Arn" || f.LoggingConfig.LogGroup != name+"Log" {
			t.Errorf("%s has the role %s and the log %s", name, f.Role, f.LoggingConfig.LogGroup)
		}
		if from.Resources[name+"Log"].Type != "AWS::Logs::LogGroup" {
			t.Errorf("%s logs to nothing", name)
		}
	}
}
