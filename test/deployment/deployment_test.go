//go:build tools

package deployment_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/dynamodbtest"
	"github.com/opgrants/opgrants/test/peers"
)

const (
	region  = "eu-west-1"
	account = "123456789012" // that signs the requests of events/
)

// A cloud is what deployments share of AWS.
type cloud struct{ dynamoDB, secretsManager string } // endpoints; SQS is where Secrets Manager is

func startCloud(t *testing.T) *cloud {
	t.Helper()
	return &cloud{dynamoDB: peers.DynamoDB(t), secretsManager: peers.SecretsManager(t)}
}

// A deployment is what the functions need of AWS, and a wallet.
type deployment struct {
	*cloud
	table         string
	secret        string // its ARN; it has no value yet
	queue         string // its URL
	wallet        *sandbox.Server
	alice, client string // wallet addresses
	key           ed25519.PrivateKey
}

func (c *cloud) deploy(t *testing.T) *deployment {
	t.Helper()
	name := rand.Text()
	d := &deployment{cloud: c, table: name}
	dynamodbtest.CreateTable(t, d.dynamo(), name)
	made, err := d.secrets().CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: &name})
	if err != nil {
		t.Fatal(err)
	}
	d.secret = *made.ARN
	queue, err := d.sqs().CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: &name})
	if err != nil {
		t.Fatal(err)
	}
	d.queue = *queue.QueueUrl

	d.openWallet(t, 100*time.Millisecond)
	return d
}

// openWallet starts the wallet, with alice in it and the client's new key. It
// wants the time between consent and continuation; negative: none.
func (d *deployment) openWallet(t *testing.T, wait time.Duration) {
	t.Helper()
	var err error
	if d.wallet, err = sandbox.Start(sandbox.Config{Wait: wait}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.wallet.Close() })
	if d.alice, err = d.wallet.AddWallet(sandbox.Wallet{Name: "alice", PublicName: "Alice"}); err != nil {
		t.Fatal(err)
	}
	if d.client, err = d.wallet.AddWallet(sandbox.Wallet{Name: "shop", PublicName: "Shop"}); err != nil {
		t.Fatal(err)
	}
	d.newKey(t)
}

// newKey replaces the client's key at its wallet. The secret still has the one
// before.
func (d *deployment) newKey(t *testing.T) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	d.key = private
	if err := d.wallet.SetKeys(d.client, sandbox.NewJWK("key-1", public)); err != nil {
		t.Fatal(err)
	}
}

var testCredentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
})

func (c *cloud) dynamo() *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{Region: region, BaseEndpoint: &c.dynamoDB, Credentials: testCredentials})
}

func (c *cloud) secrets() *secretsmanager.Client {
	return secretsmanager.New(secretsmanager.Options{Region: region, BaseEndpoint: &c.secretsManager, Credentials: testCredentials})
}

func (c *cloud) sqs() *sqs.Client {
	return sqs.New(sqs.Options{Region: region, BaseEndpoint: &c.secretsManager, Credentials: testCredentials})
}

// privateKey is the signing key as the secret has it.
func (d *deployment) privateKey() string { return base64.StdEncoding.EncodeToString(d.key.Seed()) }

// putKey gives the secret its value.
func (d *deployment) putKey(t *testing.T) {
	t.Helper()
	d.putKeyAs(t, "key-1")
}

func (d *deployment) putKeyAs(t *testing.T, id string) {
	t.Helper()
	value, err := json.Marshal(map[string]string{"walletAddress": d.client, "keyId": id, "privateKey": d.privateKey()})
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.secrets().PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: &d.secret, SecretString: aws.String(string(value))})
	if err != nil {
		t.Fatal(err)
	}
}

// environment is that of each function.
func (d *deployment) environment() []string {
	return []string{
		"AWS_REGION=" + region, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_SESSION_TOKEN=",
		"AWS_ENDPOINT_URL_DYNAMODB=" + d.dynamoDB, "AWS_ENDPOINT_URL_SECRETS_MANAGER=" + d.secretsManager,
		"GRANTS_TABLE=" + d.table, "SIGNING_KEY_SECRET=" + d.secret,
		"AWS_ENDPOINT_URL_SQS=" + d.secretsManager, "QUEUE_URL=" + d.queue,
		"PUBLIC_URL=https://grants.example", "RETURN_URLS=https://shop.example/thanks",
		"POWERTOOLS_LOG_LEVEL=DEBUG", // the level at which a secret would slip out first
		"INSECURE_ALLOW_LOCAL=true",
	}
}

// readEvent is one of events/.
func readEvent(t *testing.T, name string) []byte {
	t.Helper()
	payload, err := os.ReadFile(filepath.Join(peers.Root(t), "events", name))
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// event is one of events/, changed by edit.
func event(t *testing.T, name string, edit func(*events.APIGatewayV2HTTPRequest)) []byte {
	t.Helper()
	var e events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(readEvent(t, name), &e); err != nil {
		t.Fatal(err)
	}
	edit(&e)
	payload, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// of puts a grant's id into an event.
func of(id string) func(*events.APIGatewayV2HTTPRequest) {
	return func(e *events.APIGatewayV2HTTPRequest) {
		e.RawPath = strings.Replace(e.RawPath, e.PathParameters["id"], id, 1)
		e.RequestContext.HTTP.Path = e.RawPath
		e.PathParameters["id"] = id
	}
}

// ofAlice is the body of events/request-grant.json with alice's wallet address,
// changed by edit; nil: not at all.
func (d *deployment) ofAlice(t *testing.T, edit func(body map[string]any)) string {
	t.Helper()
	var e events.APIGatewayV2HTTPRequest
	var body map[string]any
	if err := json.Unmarshal(readEvent(t, "request-grant.json"), &e); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(e.Body), &body); err != nil {
		t.Fatal(err)
	}
	body["walletAddress"] = d.alice
	if edit != nil {
		edit(body)
	}
	changed, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(changed)
}

// checkout makes a request for a grant one for a payment of 4.00 to the service's
// own wallet address.
func checkout(body map[string]any) {
	delete(body, "limits")
	body["payment"] = map[string]any{
		"receiveAmount": map[string]any{"value": "400", "assetCode": "USD", "assetScale": 2}, "description": "Coffee",
	}
}

// ofPayment puts the ids of a grant and of a payment into an event.
func ofPayment(grant, payment string) func(*events.APIGatewayV2HTTPRequest) {
	return func(e *events.APIGatewayV2HTTPRequest) {
		of(grant)(e)
		e.RawPath = strings.Replace(e.RawPath, e.PathParameters["payment"], payment, 1)
		e.RequestContext.HTTP.Path = e.RawPath
		e.PathParameters["payment"] = payment
	}
}

// request is the event of asking for a grant of alice's.
func (d *deployment) request(t *testing.T, edit ...func(*events.APIGatewayV2HTTPRequest)) []byte {
	return event(t, "request-grant.json", func(e *events.APIGatewayV2HTTPRequest) {
		e.Body = d.ofAlice(t, nil)
		for _, change := range edit {
			change(e)
		}
	})
}

// finish is the event of a browser that follows the wallet's redirect.
func finish(t *testing.T, link string) []byte {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return event(t, "finish-callback.json", func(e *events.APIGatewayV2HTTPRequest) {
		of(strings.Split(u.Path, "/")[2])(e)
		e.RawQueryString = u.RawQuery
		e.QueryStringParameters = nil // must not be needed
	})
}

// owned is an event of managing a grant, from an account.
func owned(t *testing.T, name, id, asAccount string) []byte {
	return event(t, name, func(e *events.APIGatewayV2HTTPRequest) {
		of(id)(e)
		e.RequestContext.Authorizer.IAM.AccountID = asAccount
	})
}

// token is the event of asking for the access token with a body.
func token(t *testing.T, id, asAccount, body string) []byte {
	return event(t, "get-token.json", func(e *events.APIGatewayV2HTTPRequest) {
		of(id)(e)
		e.RequestContext.Authorizer.IAM.AccountID = asAccount
		e.Body = body
	})
}

// wants fails the test unless the answer has the status; it decodes its body.
func wants(t *testing.T, answer events.APIGatewayV2HTTPResponse, status int) (body map[string]any) {
	t.Helper()
	if answer.StatusCode != status {
		t.Fatalf("status %d, want %d %s: %s", answer.StatusCode, status, http.StatusText(status), answer.Body)
	}
	if strings.HasSuffix(answer.Headers["Content-Type"], "json") {
		if err := json.Unmarshal([]byte(answer.Body), &body); err != nil {
			t.Fatal(err)
		}
	}
	return body
}
