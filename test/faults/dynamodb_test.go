//go:build tools

package faults

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	kinds "github.com/opgrants/opgrants/internal/store"
	"github.com/opgrants/opgrants/internal/store/dynamodb"
	"github.com/opgrants/opgrants/test/dynamodbtest"
	"github.com/opgrants/opgrants/test/peers"
)

func init() {
	stores["dynamodb"] = func(t *testing.T) func() opened {
		endpoint := peers.DynamoDB(t)
		transport := &http.Transport{MaxIdleConnsPerHost: 16}
		t.Cleanup(transport.CloseIdleConnections)
		client := func(transport http.RoundTripper) *awsdynamodb.Client {
			return awsdynamodb.New(awsdynamodb.Options{
				Region: "eu-central-1", BaseEndpoint: aws.String(endpoint), HTTPClient: &http.Client{Transport: transport},
				Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
					return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
				}),
				Retryer: retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = 5 * time.Millisecond }),
			})
		}
		dynamodbtest.CreateTable(t, client(transport), "grants")
		raw := dynamodb.New(client(transport), "grants")
		rawPayments := dynamodb.Of(client(transport), "grants", kinds.Payments)
		return func() opened {
			e := &exchanges{next: transport}
			c := client(e)
			return opened{dynamodb.New(c, "grants"), dynamodb.Of(c, "grants", kinds.Payments), raw, rawPayments, e}
		}
	}
}
