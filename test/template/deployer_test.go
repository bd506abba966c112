//go:build tools

package template_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/peers"
	"github.com/opgrants/opgrants/test/template"
)

// notNeeded are actions that AWS's handlers of the template's types call for
// properties that the template does not have. The deployer may do none of them.
var notNeeded = map[string]string{
	"dynamodb": "AssociateTableReplica BatchWriteItem CreateTableReplica DeleteItem DeleteResourcePolicy DescribeImport DisableKinesisStreamingDestination " +
		"EnableKinesisStreamingDestination GetItem ImportTable PutItem PutResourcePolicy Query Scan UpdateContributorInsights UpdateItem UpdateKinesisStreamingDestination",
	"ec2":               "DescribeNetworkInterfaces DescribeSecurityGroups DescribeSubnets DescribeVpcs",
	"elasticfilesystem": "DescribeMountTargets",
	"firehose":          "TagDeliveryStream",
	"iam":               "AttachGroupPolicy AttachUserPolicy DetachGroupPolicy DetachUserPolicy",
	"kinesis":           "DescribeStream PutRecords",
	"kms":               "ListAliases",
	"lambda": "AssociateRuntimeAlias DeleteFunctionCodeSigningConfig DeleteProvisionedConcurrencyConfig GetCodeSigningConfig GetLayerVersion PassCapacityProvider " +
		"PutFunctionCodeSigningConfig PutFunctionRecursionConfig PutFunctionScalingConfig PutProvisionedConcurrencyConfig PutRuntimeManagementConfig",
	"logs": "CreateLogStream DeleteDataProtectionPolicy DeleteIndexPolicy DeleteResourcePolicy DescribeLogStreams PutBearerTokenAuthentication PutDataProtectionPolicy " +
		"PutIndexPolicy PutLogEvents PutLogGroupDeletionProtection",
	"codedeploy":     "RegisterOnPremisesInstance",
	"s3":             "GetObjectMetadata REST.PUT.OBJECT",
	"s3files":        "ListMountTargets",
	"secretsmanager": "GetRandomPassword GetSecretValue RemoveRegionsFromReplication ReplicateSecretToRegions",
	"sns":            "PutDataProtectionPolicy",
}

// beside are actions that the deployer needs and no handler names.
var beside = map[string]string{
	// sam deploy, sam delete, and the two ways out of a rollback that failed.
	"cloudformation": "ContinueUpdateRollback CreateChangeSet DeleteChangeSet DeleteStack DescribeChangeSet DescribeStackEvents DescribeStackResources DescribeStacks " +
		"ExecuteChangeSet GetTemplate GetTemplateSummary ListStackResources RollbackStack ValidateTemplate",
	// The bucket that sam deploy --resolve-s3 makes for the code, once.
	"s3": "CreateBucket DeleteObject GetBucketLocation GetBucketPolicy PutBucketPolicy PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning " +
		"PutEncryptionConfiguration PutObject",
	// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
	"logs": "DeleteLogDelivery GetLogDelivery ListLogDeliveries UpdateLogDelivery",
	// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
	"kms": "ReEncryptFrom ReEncryptTo",
}

// actionsOf are the actions of a table such as notNeeded, in lower case: AWS ignores
// the case, and its schemas do not agree on it.
func actionsOf(table map[string]string) map[string]bool {
	all := map[string]bool{}
	for service, names := range table {
		for name := range strings.FieldsSeq(names) {
			all[strings.ToLower(service+":"+name)] = true
		}
	}
	return all
}

func readDeployer(t *testing.T) (policy []statement, text []byte) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(peers.Root(t), "deploy", "deployer-policy.json"))
	if err != nil {
		t.Fatal(err)
	}
	var document struct{ Statement []statement }
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	return document.Statement, text
}

// needed are the actions that CloudFormation does with the deployer's credentials,
// each with a type that needs it.
func needed(t *testing.T, template string) map[string]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), peers.SAMPython(t), filepath.Join("testdata", "permissions.py"), template)
	cmd.Env = append(os.Environ(), "AWS_DEFAULT_REGION=eu-west-1")
	var log bytes.Buffer
	cmd.Stderr = &log
	output, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &log)
	}
	var types map[string]map[string][]string
	if err := json.Unmarshal(output, &types); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for name, operations := range types {
		for operation, actions := range operations {
			if len(actions) == 0 {
				t.Errorf("nobody says what the %s of %s needs", operation, name)
			}
			for _, action := range actions {
				all[strings.ToLower(action)] = name
			}
		}
	}
	for _, kind := range []string{"AWS::Lambda::Version", "AWS::CodeDeploy::DeploymentGroup", "AWS::DynamoDB::Table"} {
		if types[kind] == nil {
			t.Fatalf("the template has no %s", kind)
		}
	}
	return all
}

// AWS's schemas say which actions create, read, update and delete each type. The
// deployer may do all of these that the template needs, and nothing else.
func TestTheDeployerMayDoJustWhatADeploymentNeeds(t *testing.T) {
	policy, _ := readDeployer(t)
	allowed := map[string]bool{}
	for _, may := range may(t, policy) {
		action, _, _ := strings.Cut(may, " on ")
		allowed[strings.ToLower(action)] = true
	}
	needs, without, extra := needed(t, filepath.Join(peers.Root(t), "template.yaml")), actionsOf(notNeeded), actionsOf(beside)
	for action, kind := range needs {
		if allowed[action] == without[action] {
			t.Errorf("%s of %s: allowed is %t, and that it is not needed is %t", action, kind, allowed[action], without[action])
		}
	}
	for _, action := range slices.Sorted(maps.Keys(allowed)) {
		if (needs[action] != "") == extra[action] {
			t.Errorf("%s is allowed; needed by %q, beside: %t", action, needs[action], extra[action])
		}
	}
	for action := range without {
		if needs[action] == "" {
			t.Errorf("%s is of no type of the template", action)
		}
	}
	for action := range extra {
		if !allowed[action] {
			t.Errorf("%s is not allowed", action)
		}
	}
}

// What the policy allows on resources is done by CloudFormation only, and on
// resources of the stack where these have its name.
func TestTheDeployerActsThroughCloudFormation(t *testing.T) {
	policy, text := readDeployer(t)
	direct := []string{"cloudformation", "s3"} // what the SAM CLI calls itself
	for _, s := range policy {
		actions, ok := s.Action.([]any)
		if !ok {
			actions = []any{s.Action}
		}
		service, _, _ := strings.Cut(actions[0].(string), ":")
		condition, resource := fmt.Sprint(s.Condition), fmt.Sprint(s.Resource)
		switch {
		case slices.Contains(direct, service) && s.Condition == nil:
		case service == "iam" && (strings.Contains(condition, "iam:PassedToService:") || strings.Contains(condition, "iam:AWSServiceName:ops.apigateway.amazonaws.com")):
		case !strings.Contains(condition, "ForAnyValue:StringEquals:map[aws:CalledVia:cloudformation.amazonaws.com]"):
			t.Errorf("%v may be done without CloudFormation: %s", s.Action, condition)
		}
		named := []string{"iam:CreateRole", "iam:CreatePolicy", "iam:PassRole", "lambda:CreateFunction", "dynamodb:CreateTable", "sqs:CreateQueue", "sns:CreateTopic", "scheduler:CreateSchedule"}
		for _, action := range actions {
			if slices.Contains(named, action.(string)) && !strings.HasSuffix(resource, "opgrants*") {
				t.Errorf("%s may be done on %s", action, resource)
			}
		}
	}
	services := map[string]bool{}
	for _, r := range template.Resources[role](t, template.Read(t), "AWS::IAM::Role") {
		services[r.AssumeRolePolicyDocument.Statement[0].Principal.Service] = true
	}
	pass := slices.IndexFunc(policy, func(s statement) bool { return s.Action == "iam:PassRole" })
	if want := fmt.Sprintf("map[StringEquals:map[iam:PassedToService:%v]]", slices.Sorted(maps.Keys(services))); fmt.Sprint(policy[pass].Condition) != want {
		t.Errorf("roles are passed where %v, want %s", policy[pass].Condition, want)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		t.Fatal(err)
	}
	if compact.Len() > 10240 {
		t.Errorf("it has %d characters: the policies in a role may have 10,240", compact.Len())
	}
}
