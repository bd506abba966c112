//go:build tools

package deployment_test

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"

	"github.com/opgrants/opgrants/test/dynamodbtest"
)

// attempts are what might be done with a function's credentials. All is denied
// to those who are not named.
func (s *stack) attempts(t *testing.T) []attempt {
	t.Helper()
	other := rand.Text()
	dynamodbtest.CreateTable(t, s.dynamo(), other)
	if _, err := s.secrets().CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: &other, SecretString: aws.String("not ours")}); err != nil {
		t.Fatal(err)
	}
	item := map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "attempt"}}
	shard := map[string]types.AttributeValue{":v": &types.AttributeValueMemberS{Value: "0"}}
	get := func(table string) func(context.Context, holder) error {
		return func(ctx context.Context, h holder) error {
			_, err := h.dynamo.GetItem(ctx, &dynamodb.GetItemInput{TableName: &table, Key: item})
			return err
		}
	}
	query := func(key string, index *string) func(context.Context, holder) error {
		return func(ctx context.Context, h holder) error {
			_, err := h.dynamo.Query(ctx, &dynamodb.QueryInput{
				TableName: &s.table, IndexName: index, KeyConditionExpression: aws.String(key + " = :v"), ExpressionAttributeValues: shard,
			})
			return err
		}
	}
	read := func(secret string) func(context.Context, holder) error {
		return func(ctx context.Context, h holder) error {
			_, err := h.secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &secret})
			return err
		}
	}
	return []attempt{
		{"read a grant", functions, get(s.table)},
		{"read the signing key", slices.DeleteFunc(slices.Clone(functions), func(name string) bool { return name == "FindDue" }), read(s.secret)},
		{"put a task on the queue", []string{"FindDue"}, func(ctx context.Context, h holder) error {
			_, err := h.sqs.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &s.queue, MessageBody: aws.String("{}")})
			return err
		}},
		{"take a task from the queue", []string{"KeepGrants"}, func(ctx context.Context, h holder) error {
			_, err := h.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &s.queue})
			return err
		}},
		{"read the dead letters", nil, func(ctx context.Context, h holder) error {
			_, err := h.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &s.dead})
			return err
		}},
		{"empty the queue", nil, func(ctx context.Context, h holder) error {
			_, err := h.sqs.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: &s.queue})
			return err
		}},
		{"write a new item", []string{"RequestGrant", "MakePayment", "KeepGrants"}, func(ctx context.Context, h holder) error {
			_, err := h.dynamo.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: item})
			return err
		}},
		{"read the calendar", []string{"FindDue"}, query("sh", aws.String("due"))},
		{"read a list", []string{"ManageGrant"}, query("lk", aws.String("list"))},
		{"query the table", nil, query("id", nil)},
		{"read another table", nil, get(other)},
		{"scan the table", nil, func(ctx context.Context, h holder) error {
			_, err := h.dynamo.Scan(ctx, &dynamodb.ScanInput{TableName: &s.table})
			return err
		}},
		{"delete a grant", nil, func(ctx context.Context, h holder) error {
			_, err := h.dynamo.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.table, Key: item})
			return err
		}},
		{"delete grants in a batch", nil, func(ctx context.Context, h holder) error {
			requests := map[string][]types.WriteRequest{s.table: {{DeleteRequest: &types.DeleteRequest{Key: item}}}}
			_, err := h.dynamo.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: requests})
			return err
		}},
		{"change the table", nil, func(ctx context.Context, h holder) error {
			_, err := h.dynamo.UpdateTable(ctx, &dynamodb.UpdateTableInput{TableName: &s.table, DeletionProtectionEnabled: aws.Bool(false)})
			return err
		}},
		{"delete the table", nil, func(ctx context.Context, h holder) error {
			_, err := h.dynamo.DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &s.table})
			return err
		}},
		{"read another secret", nil, read(other)},
		{"replace the signing key", nil, func(ctx context.Context, h holder) error {
			_, err := h.secrets.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &s.secret, SecretString: aws.String("{}")})
			return err
		}},
		{"delete the signing key", nil, func(ctx context.Context, h holder) error {
			_, err := h.secrets.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: &s.secret})
			return err
		}},
		{"list the secrets", nil, func(ctx context.Context, h holder) error {
			_, err := h.secrets.ListSecrets(ctx, &secretsmanager.ListSecretsInput{})
			return err
		}},
	}
}

type attempt struct {
	name    string
	allowed []string // functions
	do      func(context.Context, holder) error
}

// A holder of a role's credentials.
type holder struct {
	dynamo  *dynamodb.Client
	secrets *secretsmanager.Client
	sqs     *sqs.Client
}

// hasNoOtherActions: what a function does not need is denied to its role.
func (s *stack) hasNoOtherActions(t *testing.T) {
	attempts := s.attempts(t)
	for _, function := range functions {
		h := s.hold(t, s.resources[function+"Role"])
		for _, a := range attempts {
			t.Run(function+" to "+a.name, func(t *testing.T) {
				err := a.do(t.Context(), h)
				var answer smithy.APIError
				denied := errors.As(err, &answer) && strings.HasPrefix(answer.ErrorCode(), "AccessDenied") // SQS says it without Exception
				if allowed := slices.Contains(a.allowed, function); allowed && err != nil || !allowed && !denied {
					t.Errorf("got %v; allowed: %t", err, allowed)
				}
			})
		}
	}
}

// hold takes on a role, whose trust is Lambda's alone until then.
func (s *stack) hold(t *testing.T, role string) holder {
	t.Helper()
	s.query(t, "iam", nil, "Action", "UpdateAssumeRolePolicy", "Version", iamVersion, "RoleName", role, "PolicyDocument", trustAll(t))
	assumed := s.assume(t, role)
	credentials := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return assumed, nil })
	return holder{
		dynamodb.New(dynamodb.Options{Region: region, BaseEndpoint: &s.endpoint, Credentials: credentials}),
		secretsmanager.New(secretsmanager.Options{Region: region, BaseEndpoint: &s.endpoint, Credentials: credentials}),
		sqs.New(sqs.Options{Region: region, BaseEndpoint: &s.endpoint, Credentials: credentials}),
	}
}
