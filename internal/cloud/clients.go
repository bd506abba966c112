package cloud

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/signingkey"
	"github.com/opgrants/opgrants/internal/signingkey/kms"
	keysecret "github.com/opgrants/opgrants/internal/signingkey/secretsmanager"
)

// slowAWS is when an AWS service is asked anew. They answer within milliseconds;
// but a connection that was kept while the execution environment was frozen may
// be dead without a sign of it.
const slowAWS = time.Second

func newHTTPClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 2 * time.Second}).DialContext,
		TLSHandshakeTimeout:   2 * time.Second,
		ResponseHeaderTimeout: slowAWS,
		IdleConnTimeout:       time.Minute,
	}}
}

func newDynamoDB(c config.AWS, credentials aws.CredentialsProvider, client *http.Client) *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: c.Region, Credentials: credentials, HTTPClient: client, BaseEndpoint: endpoint(c.DynamoDBEndpoint),
	})
}

func newSecretsManager(c config.AWS, credentials aws.CredentialsProvider, client *http.Client) *secretsmanager.Client {
	return secretsmanager.New(secretsmanager.Options{
		Region: c.Region, Credentials: credentials, HTTPClient: client, BaseEndpoint: endpoint(c.SecretsManagerEndpoint),
	})
}

// newKeySource says where the signing key is.
func newKeySource(c *config.Config, credentials aws.CredentialsProvider, client *http.Client) signingkey.Source {
	if c.SigningKeyKMS == "" {
		return keysecret.New(newSecretsManager(c.AWS, credentials, client), c.SigningKeySecret)
	}
	return &kms.Source{
		Client: &kms.Client{Region: c.AWS.Region, Endpoint: c.AWS.KMSEndpoint, Credentials: credentials, HTTP: client},
		Key:    c.SigningKeyKMS, WalletAddress: c.WalletAddress, KeyID: c.KeyID,
	}
}

// endpoint is nil for the region's own.
func endpoint(url string) *string {
	if url == "" {
		return nil
	}
	return &url
}

// credentials are those of the function's role. They are good for as long as
// the execution environment lives.
func credentials(getenv func(string) string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		c := aws.Credentials{
			AccessKeyID:     getenv("AWS_ACCESS_KEY_ID"),
			SecretAccessKey: getenv("AWS_SECRET_ACCESS_KEY"),
			SessionToken:    getenv("AWS_SESSION_TOKEN"),
			Source:          "environment",
		}
		if !c.HasKeys() {
			return aws.Credentials{}, errors.New("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set; Lambda sets them for the function's role")
		}
		return c, nil
	})
}
