//go:build tools

package endtoend

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/store/dynamodb"
	"github.com/opgrants/opgrants/test/dynamodbtest"
	"github.com/opgrants/opgrants/test/peers"
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

// engine is the one of the whole run: each test has a table of its own.
var engine struct {
	once     sync.Once
	endpoint string
	tables   atomic.Int64
}

func newTable(t *testing.T) (at string) {
	engine.once.Do(func() { engine.endpoint = peers.DynamoDB(wholeRun{t}) })
	table := fmt.Sprintf("grants-%d", engine.tables.Add(1))
	dynamodbtest.CreateTable(t, dynamoClient(engine.endpoint), table)
	return engine.endpoint + " " + table
}

// wholeRun is a test whose peers live until the last one has ended.
type wholeRun struct{ testing.TB }

func (wholeRun) Cleanup(f func())           { atEnd = append(atEnd, f) }
func (wholeRun) Logf(f string, args ...any) { fmt.Printf(f+"\n", args...) }

func dynamoClient(endpoint string) *awsdynamodb.Client {
	return awsdynamodb.New(awsdynamodb.Options{
		Region: "eu-central-1", BaseEndpoint: aws.String(endpoint),
		Credentials: aws.CredentialsProviderFunc(staticCredentials),
	})
}

func staticCredentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
}
