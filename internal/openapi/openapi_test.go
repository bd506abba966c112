//go:build tools

package openapi_test

import (
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/openapi"
	"github.com/opgrants/opgrants/internal/peers"
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

func TestAFolderWithoutDocuments(t *testing.T) {
	if _, err := openapi.Open(t.TempDir()); err == nil {
		t.Error("no error")
	}
}
