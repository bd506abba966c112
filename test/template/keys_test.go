package template_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/template"
)

// With CustomerManagedKey all that is stored is under the one key.
func TestTheKeyIsOfAllThatIsStored(t *testing.T) {
	const own = "[OwnKey Key.Arn AWS::NoValue]"
	for name, queue := range template.Resources[struct{ KmsMasterKeyID, SqsManagedSseEnabled any }](t, template.Read(t), "AWS::SQS::Queue") {
		if got := fmt.Sprint(queue.KmsMasterKeyID, queue.SqsManagedSseEnabled); got != own+" [OwnKey false true]" {
			t.Errorf("%s is under the key %s", name, got)
		}
	}
	from := template.Read(t)
	for _, kind := range []string{"AWS::Logs::LogGroup", "AWS::SecretsManager::Secret"} {
		for name, r := range template.Resources[struct{ KmsKeyID any }](t, from, kind) {
			if fmt.Sprint(r.KmsKeyID) != own {
				t.Errorf("%s is under the key %v", name, r.KmsKeyID)
			}
		}
	}
	for name, table := range template.Resources[struct{ SSESpecification any }](t, from, "AWS::DynamoDB::Table") {
		// An update that takes the specification away fails, and so does the rollback of one that adds it:
		// https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1070
		want := "[OwnKey map[KMSMasterKeyId:Key.Arn SSEEnabled:true SSEType:KMS] map[SSEEnabled:false]]"
		if fmt.Sprint(table.SSESpecification) != want {
			t.Errorf("%s is under the key %v", name, table.SSESpecification)
		}
	}
}

// The policy is that which CloudWatch Logs documents, for all log groups of the
// account: those of the stack have names that it makes after the key.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
func TestTheKeyIsForTheAccountAndItsLogs(t *testing.T) {
	key := template.Resources[struct {
		EnableKeyRotation bool
		KeyPolicy         struct {
			Statement []statement
		}
	}](t, template.Read(t), "AWS::KMS::Key")["Key"]
	if !key.EnableKeyRotation {
		t.Error("it is not rotated")
	}
	var got []string
	for _, s := range key.KeyPolicy.Statement {
		for _, action := range may(t, []statement{s}) {
			got = append(got, fmt.Sprint(s.Principal, " ", action))
		}
	}
	want := []string{"map[AWS:arn:${AWS::Partition}:iam::${AWS::AccountId}:root] kms:* on *"}
	for _, action := range []string{"Decrypt", "Describe*", "Encrypt", "GenerateDataKey*", "ReEncrypt*"} {
		want = append(want, "map[Service:logs.${AWS::Region}.amazonaws.com] kms:"+action+" on * where map[ArnLike:"+
			"map[kms:EncryptionContext:aws:logs:arn:arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*]]")
	}
	if !slices.Equal(got, want) {
		t.Errorf("its policy is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The signing key is for the account's policies only, and signs only.
func TestTheSigningKeyInKMSSignsOnly(t *testing.T) {
	key := template.Resources[struct {
		KeySpec, KeyUsage string
		KeyPolicy         struct{ Statement []statement }
	}](t, template.Read(t), "AWS::KMS::Key")["SigningKmsKey"]
	if key.KeySpec != "ECC_NIST_EDWARDS25519" || key.KeyUsage != "SIGN_VERIFY" {
		t.Errorf("it is %s for %s", key.KeySpec, key.KeyUsage)
	}
	if got := may(t, key.KeyPolicy.Statement); !slices.Equal(got, []string{"kms:* on *"}) {
		t.Errorf("its policy allows %v", got)
	}
}
