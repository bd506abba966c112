//go:build tools

package sandbox_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/openapi"
	"github.com/opgrants/opgrants/test/peers"
)

func TestResourcesAreAsTheOfficialDocumentSays(t *testing.T) {
	documents, err := openapi.Open(peers.OpenAPI(t))
	if err != nil {
		t.Fatal(err)
	}
	p := newPayer(t, sandbox.Config{}, nil)
	fresh := p.read(p.payToken, p.at("/outgoing-payment-grant"))
	invoice := p.post(p.token, "/incoming-payments", m{"walletAddress": p.shop, "incomingAmount": usd("100"), "expiresAt": "2026-08-18T12:00:00Z", "metadata": m{"order": 7}})
	open := p.invoice("")
	quote := p.quote(invoice.ID, nil)
	payment := p.pay(quote)
	direct := p.post(p.payToken, "/outgoing-payments", m{"walletAddress": p.alice, "incomingPayment": open.ID, "debitAmount": usd("1"), "metadata": m{"order": 8}})
	poor := p.pay(p.quote(open.ID, m{"debitAmount": usd("399")}))
	publicly := func(url string) *result {
		status, text, header := get(t, url)
		return &result{answer: &answer{status: status, text: text, header: header}}
	}
	complete := func(r *result) *result {
		return p.post(p.token, strings.TrimPrefix(r.ID, p.ResourceServer())+"/complete", nil)
	}
	list := func(token, path, query string) *result { return p.read(token, p.at(path+"?wallet-address="+query)) }
	strangers := p.given(m{"type": "incoming-payment", "actions": []any{"read"}, "identifier": p.alice})

	for _, c := range []struct {
		name, operation string
		answer          *result
		status          int
		differs         bool // the document does not tell this status
	}{
		{"incoming payment", "create-incoming-payment", invoice, 201, false},
		{"incoming payment of any amount", "create-incoming-payment", open, 201, false},
		{"incoming payment, dead token", "create-incoming-payment", p.post("x", "/incoming-payments", m{"walletAddress": p.shop}), 403, false},
		{"incoming payment, another grant", "create-incoming-payment", p.post(p.payToken, "/incoming-payments", m{"walletAddress": p.shop}), 403, false},
		{"incoming payment, invalid", "create-incoming-payment", p.post(p.token, "/incoming-payments", m{}), 400, true},
		{"read, paid", "get-incoming-payment", p.read(p.token, invoice.ID), 200, false},
		{"read, open", "get-incoming-payment", p.read(p.token, open.ID), 200, false},
		{"read, public", "get-incoming-payment", publicly(open.ID), 200, false},
		{"read, unknown", "get-incoming-payment", publicly(p.at("/incoming-payments/" + unknownID)), 401, false},
		{"read, another wallet's grant", "get-incoming-payment", p.read(strangers, open.ID), 403, false},
		{"list", "list-incoming-payments", list(p.token, "/incoming-payments", p.shop), 200, false},
		{"empty list", "list-incoming-payments", list(p.token, "/incoming-payments", p.alice), 200, false},
		{"list, dead token", "list-incoming-payments", list("x", "/incoming-payments", p.shop), 403, false},
		{"complete", "complete-incoming-payment", complete(open), 200, false},
		{"complete again", "complete-incoming-payment", complete(open), 409, true},
		{"quote", "create-quote", quote, 201, false},
		{"quote, no amount", "create-quote", p.quote(p.invoice("").ID, nil), 400, false},
		{"quote, dead token", "create-quote", p.post("x", "/quotes", m{"walletAddress": p.alice, "receiver": invoice.ID, "method": "ilp"}), 403, false},
		{"read quote", "get-quote", p.read(p.quoteToken, quote.ID), 200, false},
		{"payment", "create-outgoing-payment", payment, 201, false},
		{"payment without a quote", "create-outgoing-payment", direct, 201, false},
		{"payment, the last of the limit", "create-outgoing-payment", poor, 201, false},
		{"payment, too much", "create-outgoing-payment", p.buy("1"), 403, false},
		{"payment, the same quote", "create-outgoing-payment", p.pay(quote), 400, true},
		{"read payment", "get-outgoing-payment", p.read(p.payToken, payment.ID), 200, false},
		{"read payment without a quote", "get-outgoing-payment", p.read(p.payToken, direct.ID), 200, false},
		{"read payment, another grant", "get-outgoing-payment", p.read(p.token, payment.ID), 403, false},
		{"list payments", "list-outgoing-payments", list(p.payToken, "/outgoing-payments", p.alice+"&first=1"), 200, false},
		{"nothing spent", "get-outgoing-payment-grant", fresh, 200, false},
		{"spent amounts", "get-outgoing-payment-grant", p.read(p.payToken, p.at("/outgoing-payment-grant")), 200, false},
		{"spent amounts, another grant", "get-outgoing-payment-grant", p.read(p.token, p.at("/outgoing-payment-grant")), 403, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.answer.status != c.status {
				t.Fatalf("%d %s, want %d", c.answer.status, c.answer.text, c.status)
			}
			err := documents.Response(c.operation, c.status, c.answer.header.Get("Content-Type"), []byte(strings.TrimSpace(c.answer.text)))
			if (err != nil) != c.differs {
				t.Errorf("%s: %v", c.answer.text, err)
			}
		})
	}
}

// The documented guide, by the official SDK.
func TestTheOfficialSDKPays(t *testing.T) {
	w := newWorld(t, sandbox.Config{Wait: -1, SendTime: -1, Now: time.Now, Rates: map[string]float64{"USD": 1, "EUR": 1.25}, Fee: sandbox.Fee{Fixed: 2}})
	client := w.wallet(sandbox.Wallet{Name: "corner/shop", PublicName: "Corner shop", AssetCode: "EUR", AssetScale: 2, Keys: []sandbox.JWK{sandbox.NewJWK("key-1", jwkKey(shopKey))}})
	der, err := x509.MarshalPKCS8PrivateKey(shopKey)
	if err != nil {
		t.Fatal(err)
	}
	out, err := peers.Node(t, "testdata/pay.mjs", encode(t, m{"user": w.alice, "client": client, "keyId": "key-1",
		"privateKey": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))})).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if n := bytes.Count(out, []byte("ok: ")); n != 9 {
		t.Errorf("%d steps of 9:\n%s", n, out)
	}
	// 100.00 EUR from a quote, 1.00 EUR without: 125.02 and 1.27 USD.
	alice, _ := w.Balance(w.alice)
	shop, _ := w.Balance(client)
	if alice != 100_000-12_502-127 || shop != 100_000+10_000+100 {
		t.Errorf("alice has %d, the shop %d", alice, shop)
	}
}
