//go:build tools

package model

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/store/dynamodb"
	"github.com/opgrants/opgrants/test/dynamodbtest"
	"github.com/opgrants/opgrants/test/peers"
)

func init() {
	stores["dynamodb"] = func(t *testing.T) grant.Store {
		client := awsdynamodb.New(awsdynamodb.Options{
			Region: "eu-central-1", BaseEndpoint: aws.String(peers.DynamoDB(t)),
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
			}),
		})
		dynamodbtest.CreateTable(t, client, "grants")
		return dynamodb.New(client, "grants")
	}
}
