//go:build tools

package endtoend

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/peers"
	"github.com/opgrants/opgrants/internal/store/dynamodb"
	"github.com/opgrants/opgrants/internal/store/dynamodb/dynamodbtest"
)

func init() {
	kind := stores["bolt"]
	kind.fresh = func(t *testing.T) place { return place{"dynamodb", newTable(t)} }
	kind.open = func(at string) (grant.Store, func(), error) {
		endpoint, table, _ := strings.Cut(at, " ")
		return dynamodb.New(dynamoClient(endpoint), table), func() {}, nil
	}
	stores["dynamodb"] = kind
}

func newTable(t *testing.T) (at string) {
	endpoint := peers.DynamoDB(t)
	dynamodbtest.CreateTable(t, dynamoClient(endpoint), "grants")
	return endpoint + " grants"
}

func dynamoClient(endpoint string) *awsdynamodb.Client {
	return awsdynamodb.New(awsdynamodb.Options{
		Region: "eu-central-1", BaseEndpoint: aws.String(endpoint),
		Credentials: aws.CredentialsProviderFunc(staticCredentials),
	})
}

func staticCredentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
}
