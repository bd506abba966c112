package inputs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// The resources of a wallet as its server answers them, complete.
var resourceAnswers = map[string]string{
	"incoming payment": `{"id":"URL/incoming-payments/1","walletAddress":"URL/shop","incomingAmount":{"value":"130","assetCode":"USD","assetScale":2},
		"receivedAmount":{"value":"0","assetCode":"USD","assetScale":2},"completed":false,"metadata":{"description":"x"},"expiresAt":"2030-01-01T00:00:00Z",
		"createdAt":"2026-01-01T00:00:00Z","methods":[{"type":"ilp","ilpAddress":"test.x","sharedSecret":"c2VjcmV0"}]}`,
	"quote": `{"id":"URL/quotes/1","walletAddress":"URL/alice","receiver":"URL/incoming-payments/1","receiveAmount":{"value":"130","assetCode":"USD","assetScale":2},
		"debitAmount":{"value":"131","assetCode":"USD","assetScale":2},"method":"ilp","expiresAt":"2030-01-01T00:00:00Z","createdAt":"2026-01-01T00:00:00Z"}`,
	"outgoing payment": `{"id":"URL/outgoing-payments/1","walletAddress":"URL/alice","receiver":"URL/incoming-payments/1","quoteId":"URL/quotes/1","failed":false,
		"debitAmount":{"value":"131","assetCode":"USD","assetScale":2},"receiveAmount":{"value":"130","assetCode":"USD","assetScale":2},
		"sentAmount":{"value":"0","assetCode":"USD","assetScale":2},"metadata":{"description":"x"},"createdAt":"2026-01-01T00:00:00Z",
		"grantSpentDebitAmount":{"value":"0","assetCode":"USD","assetScale":2},"grantSpentReceiveAmount":{"value":"0","assetCode":"USD","assetScale":2}}`,
	"spent amounts": `{"spentDebitAmount":{"value":"0","assetCode":"USD","assetScale":2},"spentReceiveAmount":{"value":"0","assetCode":"USD","assetScale":2}}`,
}

// resourceRules has the members that are not needed. What identifies a resource,
// says where money goes, how much, or since when, is.
var resourceRules = map[string]map[string]memberRule{
	"incoming payment": {"incomingAmount": optional, "completed": optional, "metadata": ignored, "expiresAt": optional, "createdAt": optional, "methods": ignored},
	"quote":            {"method": optional, "expiresAt": optional},
	"outgoing payment": {"failed": optional, "metadata": ignored, "quoteId": id, "grantSpentDebitAmount": optional, "grantSpentReceiveAmount": optional},
	"spent amounts":    {"spentDebitAmount": {null: true}, "spentReceiveAmount": {null: true}},
}

func TestEachMemberOfEachResourceIsTakenOrNamed(t *testing.T) {
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(map[string]int{"POST": 201, "GET": 200}[r.Method])
		fmt.Fprint(w, body)
	}))
	defer server.Close()
	p := newPlace(t)
	c, err := opclient.New(opclient.Config{InsecureAllowLocal: true, WalletAddress: p.client, KeyID: "key-1", Key: p.key})
	if err != nil {
		t.Fatal(err)
	}
	wallet := &opclient.WalletAddress{ID: server.URL + "/alice", ResourceServer: server.URL}
	calls := map[string]func() error{
		"incoming payment": func() error {
			_, err := c.CreateIncomingPayment(context.Background(), wallet, "T", opclient.IncomingPaymentRequest{})
			return err
		},
		"quote": func() error {
			_, err := c.CreateQuote(context.Background(), wallet, "T", opclient.QuoteRequest{Receiver: server.URL + "/incoming-payments/1"})
			return err
		},
		"outgoing payment": func() error {
			_, err := c.CreateOutgoingPayment(context.Background(), wallet, "T", opclient.OutgoingPaymentRequest{QuoteID: server.URL + "/quotes/1"})
			return err
		},
		"spent amounts": func() error { _, err := c.SpentAmounts(context.Background(), wallet, "T"); return err },
	}
	tried := 0
	for kind, text := range resourceAnswers {
		text = strings.ReplaceAll(text, "URL", server.URL)
		var good any
		if err := json.Unmarshal([]byte(text), &good); err != nil {
			t.Fatal(err)
		}
		for _, path := range paths(good, "") {
			rule := ruleIn(resourceRules[kind], path)
			for name, value := range values {
				tried++
				body = string(with([]byte(text), path, value))
				err := calls[kind]()
				if name == "null" && rule.null != (err == nil) || name == "absent" && rule.absent != (err == nil) || rule.anything && err != nil {
					t.Errorf("%s with %s %s: %v", kind, path, name, err)
				}
				self, parent := spelled(path)
				if err != nil && !strings.Contains(err.Error(), self) && !strings.Contains(err.Error(), parent) {
					t.Errorf("%s %s %s: %v", kind, path, name, err)
				}
				if err != nil && (!errors.Is(err, opclient.ErrInvalidAnswer) || strings.HasPrefix(kind, "outgoing") && !errors.Is(err, opclient.ErrOutcomeUnknown)) {
					t.Errorf("%s %s %s: %v", kind, path, name, err)
				}
			}
		}
	}
	if tried < 400 {
		t.Errorf("only %d answers were tried", tried)
	}
}
