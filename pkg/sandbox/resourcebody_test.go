package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

// Requests that the OpenAPI description allows or not; the official validator is
// asked the same.
var describedRequests = []struct {
	name, method, path, query, body string
	unsigned                        bool
	valid                           bool
	differs                         bool // the official validator says otherwise
}{
	{name: "an incoming payment of any amount", method: "POST", path: "/incoming-payments", body: `{"walletAddress":"https://w.example/a"}`, valid: true},
	{name: "with all there is", method: "POST", path: "/incoming-payments", body: `{"walletAddress":"https://w.example/a","incomingAmount":{"value":"1","assetCode":"USD","assetScale":0},"expiresAt":"2026-08-17T12:00:00Z","metadata":{"a":[1]}}`, valid: true},
	{name: "a further member in an amount", method: "POST", path: "/incoming-payments", body: `{"walletAddress":"https://w.example/a","incomingAmount":{"value":"1","assetCode":"USD","assetScale":2,"x":1}}`, valid: true},
	{name: "no wallet address", method: "POST", path: "/incoming-payments", body: `{}`},
	{name: "a list", method: "POST", path: "/incoming-payments", body: `[]`},
	{name: "a wallet address that is no URL", method: "POST", path: "/incoming-payments", body: `{"walletAddress":"a"}`},
	{name: "a further member", method: "POST", path: "/incoming-payments", body: `{"walletAddress":"https://w.example/a","x":1}`},
	{name: "metadata that are a text", method: "POST", path: "/incoming-payments", body: `{"walletAddress":"https://w.example/a","metadata":"x"}`},
	{name: "metadata that are null", method: "POST", path: "/incoming-payments", body: `{"walletAddress":"https://w.example/a","metadata":null}`},
	{name: "an expiresAt that is no time", method: "POST", path: "/incoming-payments", body: `{"walletAddress":"https://w.example/a","expiresAt":"tomorrow"}`},
	{name: "an expiresAt that is a number", method: "POST", path: "/incoming-payments", body: `{"walletAddress":"https://w.example/a","expiresAt":1}`},
	{name: "an amount that is a text", method: "POST", path: "/incoming-payments", body: `{"walletAddress":"https://w.example/a","incomingAmount":"1"}`},
	{name: "a value that is a number", method: "POST", path: "/incoming-payments", body: `{"walletAddress":"https://w.example/a","incomingAmount":{"value":1,"assetCode":"USD","assetScale":2}}`},
	{name: "a value with a point", method: "POST", path: "/incoming-payments", body: `{"walletAddress":"https://w.example/a","incomingAmount":{"value":"1.3","assetCode":"USD","assetScale":2}}`},
	{name: "a negative value", method: "POST", path: "/incoming-payments", body: `{"walletAddress":"https://w.example/a","incomingAmount":{"value":"-1","assetCode":"USD","assetScale":2}}`},
	{name: "a value of more than 64 bits", method: "POST", path: "/incoming-payments", body: `{"walletAddress":"https://w.example/a","incomingAmount":{"value":"18446744073709551616","assetCode":"USD","assetScale":2}}`, differs: true},
	{name: "no asset scale", method: "POST", path: "/incoming-payments", body: `{"walletAddress":"https://w.example/a","incomingAmount":{"value":"1","assetCode":"USD"}}`},
	{name: "an asset scale that is null", method: "POST", path: "/incoming-payments", body: `{"walletAddress":"https://w.example/a","incomingAmount":{"value":"1","assetCode":"USD","assetScale":null}}`},
	{name: "a large asset scale", method: "POST", path: "/incoming-payments", body: `{"walletAddress":"https://w.example/a","incomingAmount":{"value":"1","assetCode":"USD","assetScale":256}}`},
	{name: "no asset code", method: "POST", path: "/incoming-payments", body: `{"walletAddress":"https://w.example/a","incomingAmount":{"value":"1","assetScale":2}}`},
	{name: "an unsigned one", method: "POST", path: "/incoming-payments", body: `{"walletAddress":"https://w.example/a"}`, unsigned: true},

	{name: "a quote for all of it", method: "POST", path: "/quotes", body: `{"walletAddress":"https://w.example/a","receiver":"https://w.example/incoming-payments/1","method":"ilp"}`, valid: true},
	{name: "a quote that receives", method: "POST", path: "/quotes", body: `{"walletAddress":"https://w.example/a","receiver":"https://w.example/incoming-payments/1","method":"ilp","receiveAmount":{"value":"1","assetCode":"USD","assetScale":2}}`, valid: true},
	{name: "a quote that sends", method: "POST", path: "/quotes", body: `{"walletAddress":"https://w.example/a","receiver":"https://w.example/incoming-payments/1","method":"ilp","debitAmount":{"value":"1","assetCode":"USD","assetScale":2}}`, valid: true},
	{name: "a quote of both amounts", method: "POST", path: "/quotes", body: `{"walletAddress":"https://w.example/a","receiver":"https://w.example/incoming-payments/1","method":"ilp","debitAmount":{"value":"1","assetCode":"USD","assetScale":2},"receiveAmount":{"value":"1","assetCode":"USD","assetScale":2}}`},
	{name: "a quote without a method", method: "POST", path: "/quotes", body: `{"walletAddress":"https://w.example/a","receiver":"https://w.example/incoming-payments/1"}`},
	{name: "a quote by another method", method: "POST", path: "/quotes", body: `{"walletAddress":"https://w.example/a","receiver":"https://w.example/incoming-payments/1","method":"sepa"}`},
	{name: "a quote for no receiver", method: "POST", path: "/quotes", body: `{"walletAddress":"https://w.example/a","method":"ilp"}`},
	{name: "a quote for a wallet address", method: "POST", path: "/quotes", body: `{"walletAddress":"https://w.example/a","receiver":"https://w.example/bob","method":"ilp"}`},
	{name: "a quote with metadata", method: "POST", path: "/quotes", body: `{"walletAddress":"https://w.example/a","receiver":"https://w.example/incoming-payments/1","method":"ilp","metadata":{}}`},
	{name: "a quote of a wrong amount", method: "POST", path: "/quotes", body: `{"walletAddress":"https://w.example/a","receiver":"https://w.example/incoming-payments/1","method":"ilp","debitAmount":{}}`},

	{name: "a payment from a quote", method: "POST", path: "/outgoing-payments", body: `{"walletAddress":"https://w.example/a","quoteId":"https://w.example/quotes/1","metadata":{}}`, valid: true},
	{name: "a payment from an incoming payment", method: "POST", path: "/outgoing-payments", body: `{"walletAddress":"https://w.example/a","incomingPayment":"https://w.example/incoming-payments/1","debitAmount":{"value":"1","assetCode":"USD","assetScale":2}}`, valid: true},
	{name: "a payment from both", method: "POST", path: "/outgoing-payments", body: `{"walletAddress":"https://w.example/a","quoteId":"https://w.example/quotes/1","incomingPayment":"https://w.example/incoming-payments/1","debitAmount":{"value":"1","assetCode":"USD","assetScale":2}}`},
	{name: "a payment from a quote and an incoming payment", method: "POST", path: "/outgoing-payments", body: `{"walletAddress":"https://w.example/a","quoteId":"https://w.example/quotes/1","incomingPayment":"https://w.example/incoming-payments/1"}`},
	{name: "a payment from nothing", method: "POST", path: "/outgoing-payments", body: `{"walletAddress":"https://w.example/a"}`},
	{name: "a payment without an amount", method: "POST", path: "/outgoing-payments", body: `{"walletAddress":"https://w.example/a","incomingPayment":"https://w.example/incoming-payments/1"}`},
	{name: "a payment of nothing", method: "POST", path: "/outgoing-payments", body: `{"walletAddress":"https://w.example/a","debitAmount":{"value":"1","assetCode":"USD","assetScale":2}}`},
	{name: "a payment of a quote and an amount", method: "POST", path: "/outgoing-payments", body: `{"walletAddress":"https://w.example/a","quoteId":"https://w.example/quotes/1","debitAmount":{"value":"1","assetCode":"USD","assetScale":2}}`},
	{name: "a payment from a quote that is no URL", method: "POST", path: "/outgoing-payments", body: `{"walletAddress":"https://w.example/a","quoteId":"1"}`},
	{name: "a payment of a receive amount", method: "POST", path: "/outgoing-payments", body: `{"walletAddress":"https://w.example/a","incomingPayment":"https://w.example/incoming-payments/1","receiveAmount":{"value":"1","assetCode":"USD","assetScale":2}}`},

	{name: "a list", method: "GET", path: "/outgoing-payments", query: "wallet-address=https://w.example/a", valid: true},
	{name: "a page", method: "GET", path: "/incoming-payments", query: "wallet-address=x&cursor=1&first=100", valid: true},
	{name: "the last and the first", method: "GET", path: "/incoming-payments", query: "wallet-address=x&last=1&first=1", valid: true},
	{name: "a list of no wallet address", method: "GET", path: "/outgoing-payments", query: "first=1"},
	{name: "a page of nothing", method: "GET", path: "/outgoing-payments", query: "wallet-address=x&first=0"},
	{name: "a large page", method: "GET", path: "/outgoing-payments", query: "wallet-address=x&first=101"},
	{name: "a large last page", method: "GET", path: "/incoming-payments", query: "wallet-address=x&cursor=1&last=101"},
	{name: "a page of a length that is no number", method: "GET", path: "/incoming-payments", query: "wallet-address=x&first=a"},
	{name: "an empty cursor", method: "GET", path: "/incoming-payments", query: "wallet-address=x&cursor="},
	{name: "a further parameter", method: "GET", path: "/incoming-payments", query: "wallet-address=x&sort=up", valid: true},
	{name: "an unsigned list", method: "GET", path: "/incoming-payments", query: "wallet-address=x", unsigned: true},
	{name: "the spent amounts", method: "GET", path: "/outgoing-payment-grant", valid: true},
	{name: "the spent amounts, unsigned", method: "GET", path: "/outgoing-payment-grant", unsigned: true},
}

func TestWhatTheDescriptionForbidsIsRefusedBeforeAnythingElse(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	for _, c := range describedRequests {
		t.Run(c.name, func(t *testing.T) {
			q := request{method: c.method, url: w.at(c.path) + "?" + c.query, body: c.body}
			if c.unsigned {
				q.edit = func(r *http.Request) { r.Header.Del("Signature-Input"); r.Header.Del("Signature") }
			}
			a := w.send(q)
			const invalid = "Received error validating OpenAPI request: "
			if c.valid {
				a.is(t, 401, "401") // there is no token
			} else if a.is(t, 400, "400"); !strings.HasPrefix(a.Error.Description, invalid) {
				t.Errorf("%s", a.text)
			}
		})
	}
	plain := request{method: "POST", url: w.at("/quotes"), body: "{}", edit: func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }}
	w.send(plain).is(t, 415, "415")
	w.send(request{method: "POST", url: w.at("/quotes"), body: "{"}).is(t, 400, "")
}
