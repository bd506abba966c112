//go:build tools

package openapi_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/test/openapi"
	"github.com/opgrants/opgrants/test/peers"
)

func open(t *testing.T) *openapi.Documents {
	t.Helper()
	d, err := openapi.Open(peers.OpenAPI(t))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestRequestsAreCheckedAgainstTheDocument(t *testing.T) {
	const good = `{"access_token":{"access":[{"type":"outgoing-payment","actions":["read"],"identifier":"https://w.example/a"}]},"client":"https://c.example/"}`
	d := open(t)
	for _, c := range []struct {
		operation, body string
		good            bool
	}{
		{"post-request", good, true},
		{"post-request", ``, false},
		{"post-request", `{`, false},
		{"post-request", `{}`, false},
		{"post-request", strings.Replace(good, `"read"`, `"complete"`, 1), false},
		{"post-request", strings.Replace(good, `"read"`, `"read","read"`, 1), false},
		{"post-request", strings.Replace(good, `https://c.example/`, `no URI`, 1), false},
		{"post-request", strings.Replace(good, `"type"`, `"x":1,"type"`, 1), false},
		{"post-continue", `{"interact_ref":"x"}`, true},
		{"post-continue", `{"interact_ref":1}`, false},
		{"post-continue", ``, true},
		{"post-token", ``, true},
		{"post-token", `{}`, false},
		{"delete-continue", ``, true},
		{"no-such-operation", ``, false},
	} {
		if err := d.Request(c.operation, []byte(c.body)); (err == nil) != c.good {
			t.Errorf("%s %s: got %v, want good: %v", c.operation, c.body, err, c.good)
		}
	}
}

func TestAnswersAreCheckedAgainstTheDocument(t *testing.T) {
	const wallet = `{"id":"https://w.example/a","assetCode":"USD","assetScale":2,"authServer":"https://a.example/","resourceServer":"https://r.example/"}`
	d := open(t)
	for _, c := range []struct {
		operation   string
		status      int
		contentType string
		body        string
		good        bool
	}{
		{"get-wallet-address", 200, "application/json; charset=utf-8", wallet, true},
		{"get-wallet-address", 200, "text/html", wallet, false},
		{"get-wallet-address", 200, "", wallet, false},
		{"get-wallet-address", 201, "application/json", wallet, false},
		{"get-wallet-address", 200, "application/json", strings.Replace(wallet, `"USD"`, `1`, 1), false},
		{"get-wallet-address", 200, "application/json", strings.Replace(wallet, `:2`, `:256`, 1), false},
		{"get-wallet-address", 200, "application/json", strings.Replace(wallet, `https://a.example/`, `a`, 1), false},
		{"delete-continue", 204, "", "", true},
		{"delete-continue", 204, "", "{}", false},
		{"post-continue", 400, "application/json", `{"error":{"code":"too_fast"}}`, true},
		{"post-continue", 400, "application/json", `{"error":{"code":"hurry"}}`, false},
		{"no-such-operation", 200, "", "", false},
	} {
		if err := d.Response(c.operation, c.status, c.contentType, []byte(c.body)); (err == nil) != c.good {
			t.Errorf("%s %d %s %s: got %v, want good: %v", c.operation, c.status, c.contentType, c.body, err, c.good)
		}
	}
}

func TestQueriesAreCheckedAgainstTheDocument(t *testing.T) {
	d := open(t)
	for _, c := range []struct {
		operation, query string
		good             bool
	}{
		{"list-outgoing-payments", "wallet-address=https%3A%2F%2Fw.example%2Fa", true},
		{"list-outgoing-payments", "wallet-address=a&first=1&cursor=b", true},
		{"list-incoming-payments", "wallet-address=a&last=100&cursor=b", true},
		{"list-incoming-payments", "", false},
		{"list-incoming-payments", "wallet_address=a", false},
		{"list-incoming-payments", "wallet-address=a&first=0", false},
		{"list-incoming-payments", "wallet-address=a&first=101", false},
		{"list-incoming-payments", "wallet-address=a&last=x", false},
		{"list-incoming-payments", "wallet-address=a&cursor=", false},
		{"list-incoming-payments", "wallet-address=a&first=1&first=2", false},
		{"list-incoming-payments", "wallet-address=a&after=b", false},
		{"get-quote", "", true},
		{"get-quote", "id=1", false}, // it is in the path
		{"no-such-operation", "", false},
	} {
		query, err := url.ParseQuery(c.query)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Query(c.operation, query); (err == nil) != c.good {
			t.Errorf("%s ?%s: got %v, want good: %v", c.operation, c.query, err, c.good)
		}
	}
}

func TestTheDocumentsExamplesAreThere(t *testing.T) {
	d := open(t)
	for operation, want := range map[string]int{"get-outgoing-payment-grant": 2, "list-outgoing-payments": 2, "get-quote": 1} {
		examples, err := d.Examples(operation, 200)
		if err != nil || len(examples) != want {
			t.Fatalf("%s: got %d examples, %v; want %d", operation, len(examples), err, want)
		}
		for _, text := range examples {
			if err := d.Response(operation, 200, "application/json", text); err != nil {
				t.Errorf("%s: %v", operation, err)
			}
		}
	}
	if _, err := d.Examples("no-such-operation", 200); err == nil {
		t.Error("no error")
	}
}

func TestAFolderWithoutDocuments(t *testing.T) {
	if _, err := openapi.Open(t.TempDir()); err == nil {
		t.Error("no error")
	}
}

// A response that is a $ref is followed, and so is a schema with a member beside
// its $ref.
func TestReferencesAreFollowed(t *testing.T) {
	const payment = `{"id":"https://w.example/incoming-payments/1","walletAddress":"https://w.example/a","completed":true,"receivedAmount":{"value":"1","assetCode":"USD","assetScale":2},"createdAt":"2026-08-17T12:00:00Z"}`
	d := open(t)
	for _, c := range []struct {
		operation string
		status    int
		body      string
		good      bool
	}{
		{"create-quote", 403, `{"error":{"code":"403","description":"no"}}`, true},
		{"create-quote", 403, `{"error":{"description":"no"}}`, false},
		{"create-quote", 403, ``, false},
		{"complete-incoming-payment", 200, payment, true},
		{"complete-incoming-payment", 200, strings.Replace(payment, `"id"`, `"x":1,"id"`, 1), false},
		{"complete-incoming-payment", 200, strings.Replace(payment, `"value":"1"`, `"value":1`, 1), false},
		{"list-incoming-payments", 200, `{"result":[` + payment + `]}`, true},
		{"list-incoming-payments", 200, `{"result":[{}]}`, false},
	} {
		if err := d.Response(c.operation, c.status, "application/json", []byte(c.body)); (err == nil) != c.good {
			t.Errorf("%s %d %s: got %v, want good: %v", c.operation, c.status, c.body, err, c.good)
		}
	}
}
