//go:build tools

package peers

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// DynamoDB is the endpoint of a fresh DynamoDB Local, Amazon's own engine, in
// memory. It takes any credentials and region; each pair has its own tables.
// A start costs a few seconds: call it once for many subtests.
func DynamoDB(t testing.TB) (endpoint string) {
	t.Helper()
	if _, err := exec.LookPath("java"); err != nil {
		t.Fatal("Java is not installed: run make tools")
	}
	dir := filepath.Dir(installed(t, "dynamodb/Loopback.class"))
	endpoint = serve(t, "DynamoDB Local", func(port string) *exec.Cmd { return DynamoDBCommand(dir, port) })
	warm(t, endpoint)
	return endpoint
}

// warm uses the engine once, as somebody else. Its first requests load half of
// it: on a busy machine they take longer than the service waits for its store.
func warm(t testing.TB, endpoint string) {
	t.Helper()
	for _, c := range []struct{ operation, input string }{
		{"CreateTable", `{"TableName":"warm","BillingMode":"PAY_PER_REQUEST",
			"AttributeDefinitions":[{"AttributeName":"id","AttributeType":"S"}],"KeySchema":[{"AttributeName":"id","KeyType":"HASH"}]}`},
		{"PutItem", `{"TableName":"warm","Item":{"id":{"S":"1"}},"ConditionExpression":"attribute_not_exists(id)"}`},
		{"UpdateItem", `{"TableName":"warm","Key":{"id":{"S":"1"}},"UpdateExpression":"SET v = :v",
			"ConditionExpression":"attribute_exists(id)","ExpressionAttributeValues":{":v":{"N":"1"}}}`},
		{"GetItem", `{"TableName":"warm","Key":{"id":{"S":"1"}},"ConsistentRead":true}`},
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, strings.NewReader(c.input))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-amz-json-1.0")
		req.Header.Set("X-Amz-Target", "DynamoDB_20120810."+c.operation)
		req.Header.Set("X-Amz-Date", "20260101T000000Z")
		req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=warm/20260101/us-east-1/dynamodb/aws4_request, "+
			"SignedHeaders=host;x-amz-date, Signature=0") // which it does not check
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("DynamoDB Local: %s: %s", c.operation, resp.Status)
		}
	}
}
