//go:build tools

package simulate

import (
	"context"
	"net/http"
	"os"
	"strconv"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/opgrants/opgrants/internal/keeping"
	"github.com/opgrants/opgrants/internal/store/dynamodb"
	"github.com/opgrants/opgrants/test/dynamodbtest"
	"github.com/opgrants/opgrants/test/peers"
)

// TestRealGrantsAreKeptInDynamoDB Local: `make simulate` keeps 100,000.
func TestRealGrantsAreKeptInDynamoDB(t *testing.T) {
	n := 1000
	if text := os.Getenv("SIMULATE_REAL_GRANTS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	endpoint := peers.DynamoDB(t)
	client := awsdynamodb.New(awsdynamodb.Options{Region: "eu-west-1", BaseEndpoint: &endpoint,
		RetryMaxAttempts: 10, // DynamoDB Local waits too long for its own locks when the machine is busy, and says so
		HTTPClient:       &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		})})
	dynamodbtest.CreateTable(t, client, "simulated")
	keepReal(t, dynamodb.New(client, "simulated"), dynamodb.Of(client, "simulated", keeping.Breakers), n)
}
