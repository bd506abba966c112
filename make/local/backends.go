package main

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"go.yaml.in/yaml/v3"

	"github.com/opgrants/opgrants/test/peers"
)

// The names of what the functions use of AWS. The emulators accept any region and
// credentials, but have other tables for each.
const (
	region = "us-east-1"
	user   = "local" // access key and secret
	table  = "grants"
	secret = "signing-key"
)

// startBackends starts DynamoDB Local with the table, and the emulated Secrets
// Manager with the secret.
func (l *local) startBackends(ctx context.Context) error {
	if err := l.start("dynamodb", peers.DynamoDBCommand(filepath.Join(l.tools, "dynamodb"), l.dynamoDB)); err != nil {
		return err
	}
	if err := l.start("secretsmanager", peers.AWSCommand(filepath.Join(l.tools, "ministack/bin/ministack"), l.tmp, l.secretsManager)); err != nil {
		return err
	}
	for _, port := range []string{l.dynamoDB, l.secretsManager} {
		if err := waitForPort(ctx, port); err != nil {
			return err
		}
	}
	if err := l.createTable(ctx); err != nil {
		return fmt.Errorf("create the table: %w", err)
	}
	if err := l.createKey(ctx); err != nil {
		return fmt.Errorf("create the secret: %w", err)
	}
	if err := l.createQueue(ctx); err != nil {
		return fmt.Errorf("create the queue: %w", err)
	}
	return nil
}

// createQueue creates the queue that FindDue puts tasks on. The emulator of Secrets
// Manager has it.
func (l *local) createQueue(ctx context.Context) error {
	client := sqs.New(sqs.Options{Region: region, BaseEndpoint: aws.String(here(l.secretsManager)), Credentials: credentials})
	made, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("tasks")})
	if err != nil {
		return err
	}
	l.queue = *made.QueueUrl
	return nil
}

var credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: user, SecretAccessKey: user}, nil
})

// createTable makes the table that template.yaml declares.
func (l *local) createTable(ctx context.Context) error {
	text, err := os.ReadFile("template.yaml")
	if err != nil {
		return err
	}
	var template map[string]any
	if err := yaml.Unmarshal(text, &template); err != nil {
		return err
	}
	if text, err = json.Marshal(template); err != nil { // encoding/json finds fields by their names in the API
		return err
	}
	var declared struct {
		Resources struct {
			GrantsTable struct {
				Properties struct {
					AttributeDefinitions   []types.AttributeDefinition
					KeySchema              []types.KeySchemaElement
					GlobalSecondaryIndexes []types.GlobalSecondaryIndex
				}
			}
		}
	}
	if err := json.Unmarshal(text, &declared); err != nil {
		return err
	}
	properties := declared.Resources.GrantsTable.Properties
	client := dynamodb.New(dynamodb.Options{Region: region, BaseEndpoint: aws.String(here(l.dynamoDB)), Credentials: credentials})
	_, err = client.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName: aws.String(table), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: properties.AttributeDefinitions, KeySchema: properties.KeySchema, GlobalSecondaryIndexes: properties.GlobalSecondaryIndexes,
	})
	return err
}

func (l *local) jwksFile() string { return filepath.Join(l.tmp, "jwks.json") }

// createKey makes the service's key. It writes the private half into the secret, for the
// functions, and the public half into a file, for the wallet of the demo.
func (l *local) createKey(ctx context.Context) error {
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return err
	}
	seed := base64.StdEncoding.EncodeToString(key.Seed())
	jwks := fmt.Sprintf(`{"keys":[{"kid":"shop-key-1","alg":"EdDSA","kty":"OKP","crv":"Ed25519","x":%q}]}`, base64.RawURLEncoding.EncodeToString(public))
	if err := os.WriteFile(l.jwksFile(), []byte(jwks), 0o600); err != nil {
		return err
	}
	value, err := json.Marshal(map[string]string{"walletAddress": there(l.wallet) + "/shop", "keyId": "shop-key-1", "privateKey": seed})
	if err != nil {
		return err
	}
	client := secretsmanager.New(secretsmanager.Options{Region: region, BaseEndpoint: aws.String(here(l.secretsManager)), Credentials: credentials})
	_, err = client.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String(secret), SecretString: aws.String(string(value))})
	return err
}
