//go:build tools

package deployment_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/opgrants/opgrants/test/peers"
)

// deployAs deploys the stack, from now on, as a role that has the policy of deploy/
// and no other. The emulator asks for the permissions of what SAM calls itself. What
// CloudFormation does for the caller it lets through.
func (s *stack) deployAs(t *testing.T, role string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(peers.Root(t), "deploy", "deployer-policy.json"))
	if err != nil {
		t.Fatal(err)
	}
	var document policyDocument
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	s.query(t, "iam", nil, "Action", "CreateRole", "Version", iamVersion, "RoleName", role, "AssumeRolePolicyDocument", trustAll(t))
	s.putPolicy(t, role, "deploy", document)
	as := s.assume(t, role)
	s.deployer = []string{"AWS_ACCESS_KEY_ID=" + as.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + as.SecretAccessKey, "AWS_SESSION_TOKEN=" + as.SessionToken}
	s.makeBucket(t)
}

// makeBucket has SAM make the bucket for the code, as the deployer. Its policy refuses
// requests without TLS, as all to the emulator are.
func (s *stack) makeBucket(t *testing.T) {
	t.Helper()
	empty := filepath.Join(t.TempDir(), "template.yaml")
	if err := os.WriteFile(empty, []byte("Resources: {Handle: {Type: AWS::CloudFormation::WaitConditionHandle}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sam(t, append([]string{"AWS_ENDPOINT_URL=" + s.endpoint}, s.deployer...),
		"package", "--template-file", empty, "--resolve-s3", "--region", region, "--output-template-file", empty+".packaged")
	managed := &stack{deployment: s.deployment, endpoint: s.endpoint, name: "aws-sam-cli-managed-default"}
	s.call(t, "s3", http.MethodDelete, "/"+managed.describe(t).outputs()["SourceBucket"]+"?policy", nil, nil)
}

// deployerMayDoNothingElse: not read a grant, and not deploy another stack.
func (s *stack) deployerMayDoNothingElse(t *testing.T) {
	t.Helper()
	var as aws.Credentials
	for _, variable := range s.deployer {
		name, value, _ := strings.Cut(variable, "=")
		*map[string]*string{"AWS_ACCESS_KEY_ID": &as.AccessKeyID, "AWS_SECRET_ACCESS_KEY": &as.SecretAccessKey, "AWS_SESSION_TOKEN": &as.SessionToken}[name] = value
	}
	read := func() *http.Request {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.endpoint+"/", strings.NewReader(`{"TableName":"`+s.table+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Amz-Target", "DynamoDB_20120810.Scan")
		r.Header.Set("Content-Type", "application/x-amz-json-1.0")
		return r
	}
	other := s.form(t, "cloudformation", "Action", "DeleteStack", "Version", formationVersion, "StackName", "shop")
	for what, r := range map[string]*http.Request{"read the table": signed(t, read(), as, "dynamodb"), "delete another stack": signed(t, other, as, "cloudformation")} {
		if response, body := s.send(t, r); response.StatusCode/100 == 2 || !strings.Contains(string(body), "AccessDenied") {
			t.Errorf("who deploys can %s: %s: %s", what, response.Status, body)
		}
	}
	if response, body := s.send(t, signed(t, read(), root, "dynamodb")); response.StatusCode != http.StatusOK {
		t.Errorf("nobody can read the table: %s: %s", response.Status, body)
	}
}

// failsHalfWay is a first deployment of which the last resource cannot be made. It
// leaves no stack, no key and no log, and of the table what docs/deploy.md says.
func (s *stack) failsHalfWay(t *testing.T, template string, parameters ...string) {
	t.Helper()
	text, err := os.ReadFile(template)
	if err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(filepath.Dir(template), "broken.yaml")
	text = bytes.Replace(text, []byte("\nResources:\n"), []byte("\nResources:\n  Broken:\n    Type: AWS::Logs::LogStream\n"+
		"    DependsOn: [Stage, KeepGrantsTasks, SigningKmsKey, AlarmSubscription]\n    Properties: {LogGroupName: which-nobody-made}\n"), 1)
	if err := os.WriteFile(broken, text, 0o600); err != nil {
		t.Fatal(err)
	}
	env, args := s.deployCommand(broken, parameters...)
	args = slices.Insert(args, 1, "--on-failure", "DELETE") // as samconfig.toml has it
	out, err := samCommand(t, env, args...).CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("LogStream")) {
		t.Fatalf("the deployment did not fail as it should: %v\n%s", err, out)
	}
	response, body := s.send(t, s.form(t, "cloudformation", "Action", "DescribeStacks", "Version", formationVersion, "StackName", s.name))
	if response.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "does not exist") {
		t.Errorf("the stack is left: %s", body)
	}
	var keys struct{ Keys []struct{ KeyID string } }
	s.ask(t, "kms", "TrentService.ListKeys", struct{}{}, &keys)
	if len(keys.Keys) < 3 {
		t.Errorf("%d keys were made, want those of the table, the signatures and the alarms", len(keys.Keys))
	}
	for _, key := range keys.Keys {
		if got := s.keyState(t, key.KeyID); got != "PendingDeletion" {
			t.Errorf("a key is left, and %s", got)
		}
	}
	var groups struct {
		LogGroups []struct{ LogGroupName string }
	}
	s.ask(t, "logs", "Logs_20140328.DescribeLogGroups", struct{}{}, &groups)
	if len(groups.LogGroups) > 0 {
		t.Errorf("logs are left: %v", groups.LogGroups)
	}
	tables, err := s.dynamo().ListTables(t.Context(), &dynamodb.ListTablesInput{})
	if err != nil || len(tables.TableNames) != 1 {
		t.Fatalf("tables are left: %v, %v", tables, err)
	}
	name := &tables.TableNames[0]
	if _, err := s.dynamo().DeleteTable(t.Context(), &dynamodb.DeleteTableInput{TableName: name}); err == nil {
		t.Error("the table was not protected")
	}
	if _, err := s.dynamo().UpdateTable(t.Context(), &dynamodb.UpdateTableInput{TableName: name, DeletionProtectionEnabled: aws.Bool(false)}); err != nil {
		t.Error(err)
	}
	if _, err := s.dynamo().DeleteTable(t.Context(), &dynamodb.DeleteTableInput{TableName: name}); err != nil {
		t.Error(err)
	}
}
