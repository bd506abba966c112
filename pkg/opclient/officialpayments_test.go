//go:build tools

package opclient

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/test/openapi"
	"github.com/opgrants/opgrants/test/peers"
)

func official(t *testing.T) *openapi.Documents {
	t.Helper()
	documents, err := openapi.Open(peers.OpenAPI(t))
	if err != nil {
		t.Fatal(err)
	}
	return documents
}

func TestEveryRequestToAResourceServerIsAsTheOfficialDocumentSays(t *testing.T) {
	const receiver = "https://bank.example/incoming-payments/1"
	ctx := context.Background()
	usd := &Amount{"9223372036854775807", "USD", 255}
	metadata := map[string]any{"externalRef": trap, "7": []any{1, nil, map[string]any{"a": .5}}}
	documents, s := official(t), newServer(t, answer(404, ""))
	c, wallet := newClient(t), alice(s.URL+"/op")
	for _, request := range []struct {
		operation, method, path string
		send                    func() error
	}{
		{"create-incoming-payment", "POST", "/op/incoming-payments", func() error {
			_, err := c.CreateIncomingPayment(ctx, wallet, "TOKEN", IncomingPaymentRequest{})
			return err
		}},
		{"create-incoming-payment", "POST", "/op/incoming-payments", func() error {
			_, err := c.CreateIncomingPayment(ctx, wallet, "TOKEN", IncomingPaymentRequest{usd, time.Now(), metadata})
			return err
		}},
		{"get-incoming-payment", "GET", "/op/incoming-payments/1", func() error {
			_, err := c.IncomingPayment(ctx, s.URL+"/op/incoming-payments/1", "TOKEN")
			return err
		}},
		{"get-incoming-payment", "GET", "/op/incoming-payments/1", func() error {
			_, err := c.PublicIncomingPayment(ctx, s.URL+"/op/incoming-payments/1")
			return err
		}},
		{"complete-incoming-payment", "POST", "/op/incoming-payments/1/complete", func() error {
			_, err := c.CompleteIncomingPayment(ctx, s.URL+"/op/incoming-payments/1", "TOKEN")
			return err
		}},
		{"list-incoming-payments", "GET", "/op/incoming-payments", func() error {
			_, err := c.incomingPaymentPage(ctx, wallet, "TOKEN", "a&b=c d")
			return err
		}},
		{"create-quote", "POST", "/op/quotes", func() error {
			_, err := c.CreateQuote(ctx, wallet, "TOKEN", QuoteRequest{receiver, nil, nil})
			return err
		}},
		{"create-quote", "POST", "/op/quotes", func() error {
			_, err := c.CreateQuote(ctx, wallet, "TOKEN", QuoteRequest{receiver, usd, nil})
			return err
		}},
		{"create-quote", "POST", "/op/quotes", func() error {
			_, err := c.CreateQuote(ctx, wallet, "TOKEN", QuoteRequest{receiver, nil, usd})
			return err
		}},
		{"get-quote", "GET", "/op/quotes/1", func() error {
			_, err := c.Quote(ctx, s.URL+"/op/quotes/1", "TOKEN")
			return err
		}},
		{"create-outgoing-payment", "POST", "/op/outgoing-payments", func() error {
			_, err := c.CreateOutgoingPayment(ctx, wallet, "TOKEN", OutgoingPaymentRequest{QuoteID: "https://wallet.example/quotes/1", Metadata: metadata})
			return err
		}},
		{"create-outgoing-payment", "POST", "/op/outgoing-payments", func() error {
			_, err := c.CreateOutgoingPayment(ctx, wallet, "TOKEN", OutgoingPaymentRequest{IncomingPayment: receiver, DebitAmount: usd})
			return err
		}},
		{"get-outgoing-payment", "GET", "/op/outgoing-payments/1", func() error {
			_, err := c.OutgoingPayment(ctx, s.URL+"/op/outgoing-payments/1", "TOKEN")
			return err
		}},
		{"list-outgoing-payments", "GET", "/op/outgoing-payments", func() error {
			_, err := c.outgoingPaymentPage(ctx, wallet, "TOKEN", "")
			return err
		}},
		{"list-outgoing-payments", "GET", "/op/outgoing-payments", func() error {
			_, err := c.FindOutgoingPayment(ctx, wallet, "TOKEN", &Quote{ID: "https://wallet.example/quotes/1"})
			return err
		}},
		{"get-outgoing-payment-grant", "GET", "/op/outgoing-payment-grant", func() error {
			_, err := c.SpentAmounts(ctx, wallet, "TOKEN")
			return err
		}},
	} {
		wantClasses(t, request.send(), ErrRefused)
		sent := s.requests()
		r := sent[len(sent)-1]
		if r.Method != request.method || r.URL.Path != request.path {
			t.Errorf("%s: sent %s %s", request.operation, r.Method, r.URL.Path)
		}
		if err := documents.Request(request.operation, r.body); err != nil {
			t.Errorf("%s: %s: %v", request.operation, r.body, err)
		}
		if err := documents.Query(request.operation, r.URL.Query()); err != nil {
			t.Errorf("%s: %s: %v", request.operation, r.URL.RawQuery, err)
		}
	}
}

func TestTheResourceServersAnswersOfTheseTestsAreAsTheOfficialDocumentSays(t *testing.T) {
	documents := official(t)
	for _, c := range []struct {
		operation string
		status    int
		text      string
	}{
		{"create-incoming-payment", 201, incomingAnswer}, {"get-incoming-payment", 200, incomingAnswer},
		{"create-quote", 201, quoteAnswer}, {"get-quote", 200, quoteAnswer},
		{"create-outgoing-payment", 201, edit(t, outgoingAnswer, `"id"`, spent)}, {"get-outgoing-payment", 200, outgoingAnswer},
		{"list-outgoing-payments", 200, listOf(0, 3, 9)}, {"list-outgoing-payments", 200, listOf(0, 0, 0)},
	} {
		if err := documents.Response(c.operation, c.status, "application/json", []byte(c.text)); err != nil {
			t.Errorf("%s: %v", c.operation, err)
		}
	}
}

func TestEveryAnswerThatTheOfficialDocumentShowsIsRead(t *testing.T) {
	documents, ctx := official(t), context.Background()
	for _, c := range []struct {
		operation string
		status    int
		read      func(c *Client, url string) (any, error)
		want      string // a part of what was read
	}{
		{"create-incoming-payment", http.StatusCreated, func(c *Client, url string) (any, error) {
			return c.CreateIncomingPayment(ctx, alice(url), "TOKEN", IncomingPaymentRequest{})
		}, "/incoming-payments/"},
		{"get-incoming-payment", http.StatusOK, func(c *Client, url string) (any, error) { return c.IncomingPayment(ctx, url, "TOKEN") }, "1234"},
		{"complete-incoming-payment", http.StatusOK, func(c *Client, url string) (any, error) {
			return c.CompleteIncomingPayment(ctx, url, "TOKEN")
		}, "Coffee w/ Mo"},
		{"list-incoming-payments", http.StatusOK, func(c *Client, url string) (any, error) {
			return c.incomingPaymentPage(ctx, alice(url), "TOKEN", "")
		}, "315581f8-9967-45a0-9cd3-87b60b6d6414"},
		{"create-quote", http.StatusCreated, func(c *Client, url string) (any, error) {
			return c.CreateQuote(ctx, alice(url), "TOKEN", QuoteRequest{Receiver: "https://bank.example/incoming-payments/1"})
		}, "2198"},
		{"get-quote", http.StatusOK, func(c *Client, url string) (any, error) { return c.Quote(ctx, url, "TOKEN") }, "2198"},
		{"create-outgoing-payment", http.StatusCreated, func(c *Client, url string) (any, error) {
			return c.CreateOutgoingPayment(ctx, alice(url), "TOKEN", OutgoingPaymentRequest{QuoteID: "https://wallet.example/quotes/1"})
		}, "Thank you for the shoes."},
		{"get-outgoing-payment", http.StatusOK, func(c *Client, url string) (any, error) { return c.OutgoingPayment(ctx, url, "TOKEN") }, "1205"},
		{"list-outgoing-payments", http.StatusOK, func(c *Client, url string) (any, error) {
			return c.outgoingPaymentPage(ctx, alice(url), "TOKEN", "")
		}, "315581f8-9967-45a0-9cd3-87b60b6d6414"},
		{"get-outgoing-payment-grant", http.StatusOK, func(c *Client, url string) (any, error) { return c.SpentAmounts(ctx, alice(url), "TOKEN") }, "SpentAmounts"},
	} {
		examples, err := documents.Examples(c.operation, c.status)
		if err != nil || len(examples) == 0 {
			t.Fatalf("%s has %d examples: %v", c.operation, len(examples), err)
		}
		for _, text := range examples {
			s := newServer(t, answer(c.status, string(text)))
			got, err := c.read(newClient(t), s.URL)
			if read := fmt.Sprintf("%#v", got); err != nil || !strings.Contains(read, c.want) {
				t.Errorf("%s: got %s, %v from %s", c.operation, read, err, text)
			}
		}
	}
}

// A resource server, too, digests what JSON.stringify makes of our body.
func TestJavaScriptWritesEveryPaymentAsWeDo(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var value func(depth int) any
	value = func(depth int) any {
		switch n := random.IntN(9); {
		case n < 2 && depth > 0:
			list := make([]any, random.IntN(4))
			for i := range list {
				list[i] = value(depth - 1)
			}
			return list
		case n < 4 && depth > 0:
			members := map[string]any{}
			for range random.IntN(6) {
				keys := []string{fmt.Sprint(random.IntN(30)), "0" + fmt.Sprint(random.IntN(30)), fmt.Sprint(random.Uint64()), trap, "a", "", "__proto__"}
				members[keys[random.IntN(len(keys))]] = value(depth - 1)
			}
			return members
		case n == 4:
			return random.Int64N(1<<54) - 1<<53
		case n == 5:
			return math.Ldexp(random.NormFloat64(), random.IntN(400)-200)
		case n == 6:
			return random.NormFloat64() * math.Pow10(random.IntN(50)-25)
		case n == 7:
			return []any{true, false, nil}[random.IntN(3)]
		}
		return trap
	}
	var bodies [][]byte
	for len(bodies) < 500 {
		body, err := IncomingPaymentRequest{Metadata: map[string]any{"v": value(3)}, ExpiresAt: time.Now(), IncomingAmount: &Amount{"1", trap, 7}}.body(alice("https://wallet.example"))
		if err != nil { // one of the numbers was too large, as its own test shows
			continue
		}
		text, err := encodeJSON(body)
		if err != nil {
			t.Fatal(err)
		}
		bodies = append(bodies, text)
	}
	quote, _ := encodeJSON(quoteBody{trap, trap, "ilp", &Amount{"1", trap, 0}, &Amount{"1", trap, 255}})
	payment, _ := encodeJSON(outgoingPaymentBody{trap, trap, trap, &Amount{"1", trap, 0}, nil})
	wantAsJavaScriptWrites(t, append(bodies, quote, payment))
}
