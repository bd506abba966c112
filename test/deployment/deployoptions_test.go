//go:build tools

package deployment_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/opgrants/opgrants/test/template"
)

// withEveryOption is a second stack of the same account, with all that a team
// may bring: a secret and its key, a boundary, a domain, an issuer of tokens. (The
// emulator's roles forget their boundary, and it asks for no permission of keys.)
func (s *stack) withEveryOption(t *testing.T, from *issuer) {
	keyOfSecret := s.newKMSKey(t)
	made, err := s.secrets().CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{
		Name: aws.String("team/opgrants"), KmsKeyId: &keyOfSecret,
	})
	if err != nil {
		t.Fatal(err)
	}
	all := deployStack(t, s.endpoint, "everything",
		"SigningKeySecretArn="+*made.ARN, "SigningKeyKmsKeyArn="+keyOfSecret, "CustomerManagedKey=true",
		"PermissionsBoundaryArn=arn:aws:iam::000000000000:policy/boundary",
		"JwtIssuer="+from.url, "JwtAudience=grants.shop.example,till",
		"DomainName=grants.shop.example", "CertificateArn="+certificate,
		"LogRetentionDays=7", "AlarmTopicArn=arn:aws:sns:"+region+":000000000000:alarms", "AlarmEmail=ops@shop.example",
		"Tracing=true", "FinishConcurrency=20", "AppConcurrency=20", "FinishRate=5")
	all.bearer = from.with(t, nil)
	all.host = "grants.shop.example"
	if o := all.outputs; o["PublicUrl"] != "https://"+all.host || o["ApiUrl"] != o["PublicUrl"] || o["DomainTarget"] == "" || o["DomainHostedZone"] == "" || o["TaskQueue"] != all.queue {
		t.Errorf("the outputs are %v", all.outputs)
	}
	if all.secret != *made.ARN || all.resources["SigningKey"] != "" {
		t.Errorf("its secret is %s, and it has made %q", all.secret, all.resources["SigningKey"])
	}
	all.isTraced(t)
	t.Run("takes a grant through its life", all.wholeLife)
	t.Run("takes its issuer's tokens alone", func(t *testing.T) { all.takesTokens(t, from) })
	t.Run("logs no secret", all.logsNoSecret)
}

// isTraced: the versions that run are, but not that of FindDue. (The emulator ignores
// reserved concurrency, the throttles and the key of a topic.)
func (s *stack) isTraced(t *testing.T) {
	t.Helper()
	for _, function := range functions {
		var live struct{ TracingConfig struct{ Mode string } }
		s.rest(t, "lambda", http.MethodGet, "/2015-03-31/functions/"+s.resources[function]+"/configuration?Qualifier=live", nil, &live)
		want := "Active"
		if function == "FindDue" {
			want = "PassThrough"
		}
		if live.TracingConfig.Mode != want {
			t.Errorf("%s has the tracing %s, want %s", function, live.TracingConfig.Mode, want)
		}
	}
}

func (s *stack) newKMSKey(t *testing.T) (arn string) {
	t.Helper()
	var made struct{ KeyMetadata struct{ Arn string } }
	s.ask(t, "kms", "TrentService.CreateKey", struct{}{}, &made)
	return made.KeyMetadata.Arn
}

// getsItsOwnKey: a running stack is encrypted with a key of its own from then
// on, and its functions are the same. (A table that the emulator makes has none.)
func (s *stack) getsItsOwnKey(t *testing.T) {
	s.putKey(t)
	before := s.versions(t)
	s.change(t, "CustomerManagedKey", "true")
	s.isEncrypted(t)
	if got := s.versions(t); !maps.Equal(got, before) {
		t.Errorf("the versions are %v, want %v", got, before)
	}
	id, link := s.consented(t)
	s.finishes(t, id, link)
}

// isEncrypted: the table, the stack's own secret, the queues and the logs are,
// with its key.
func (s *stack) isEncrypted(t *testing.T) {
	keys := map[string]string{"GrantsTable": ""}
	table, err := s.dynamo().DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: &s.table})
	if err != nil {
		t.Fatal(err)
	}
	if sse := table.Table.SSEDescription; sse != nil {
		keys["GrantsTable"] = aws.ToString(sse.KMSMasterKeyArn)
	}
	secret, err := s.secrets().DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: &s.secret})
	if err != nil {
		t.Fatal(err)
	}
	keys["SigningKey"] = aws.ToString(secret.KmsKeyId)
	for name := range template.Resources[struct{}](t, template.Read(t), "AWS::Logs::LogGroup") {
		var groups struct {
			LogGroups []struct{ LogGroupName, KmsKeyID string }
		}
		keys[name] = ""
		s.ask(t, "logs", "Logs_20140328.DescribeLogGroups", map[string]string{"logGroupNamePrefix": s.resources[name]}, &groups)
		for _, g := range groups.LogGroups {
			if g.LogGroupName == s.resources[name] {
				keys[name] = g.KmsKeyID
			}
		}
	}
	for _, name := range []string{"TaskQueue", "DeadLetterQueue"} {
		url, attribute := s.resources[name], sqstypes.QueueAttributeNameKmsMasterKeyId
		queue, err := s.sqs().GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{attribute}})
		if err != nil {
			t.Fatal(err)
		}
		keys[name] = queue.Attributes[string(attribute)]
	}
	for name, key := range keys {
		if key == "" || !strings.HasSuffix(s.outputs["KeyArn"], key) {
			t.Errorf("%s has the key %q, want %q", name, key, s.outputs["KeyArn"])
		}
	}
}
