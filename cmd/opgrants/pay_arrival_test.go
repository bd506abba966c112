package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// incomingPayment is the answer of the receiver's wallet about the incoming payment
// of URL id, when it has received so much.
func incomingPayment(t *testing.T, p *place, id, received string) string {
	t.Helper()
	text, err := json.Marshal(map[string]any{
		"id": id, "walletAddress": p.client, "completed": false, "methods": []any{}, "createdAt": time.Now().Format(time.RFC3339),
		"receivedAmount": map[string]any{"value": received, "assetCode": "USD", "assetScale": 2}, "authServer": p.wallet.AuthServer(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// paysInto runs the command to its end, with a payer who allows it. Before that, spoil
// is called with the URL of the incoming payment.
func (p *place) paysInto(t *testing.T, spoil func(incoming string), more ...string) ending {
	t.Helper()
	r := start(t, nil, p.pay(more...)...)
	incoming := r.wants(t, "INCOMING_PAYMENT_URL = ")
	link := r.wants(t, interactLine)
	spoil(incoming)
	browse(t, must(t)(p.wallet.Approve(link)))
	select {
	case code := <-r.done:
		return ending{code, r.out.String(), r.err.String()}
	case <-time.After(30 * time.Second):
		t.Fatal("the command does not end")
		return ending{}
	}
}

// Only what the receiver has received counts, and at least what was expected.
func TestPayEndsWellOnlyWhenThePaymentHasArrived(t *testing.T) {
	t.Parallel() // some wait until the time for the arrival is over
	for name, c := range map[string]struct {
		received string
		code     exit.Code
		says     string
	}{
		"as much as expected":              {"1000", exit.OK, "10.00 USD arrived."},
		"one more than expected":           {"1001", exit.OK, "10.01 USD arrived."},
		"nothing, whatever the payer sent": {"0", exit.PaymentUnknown, "0.00 USD of 10.00 USD has arrived so far"},
		"one less than expected":           {"999", exit.PaymentUnknown, "9.99 USD of 10.00 USD has arrived so far"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t, sandbox.Config{})
			got := p.paysInto(t, func(incoming string) {
				p.wallet.Fail(sandbox.OpReadIncomingPayment, sandbox.Fault{Status: 200, Body: incomingPayment(t, p, incoming, c.received), Times: 1000})
			}, "--receive", "1000")
			if got.code != c.code || !strings.Contains(got.err, c.says) {
				t.Errorf("ended with %d:\n%s", got.code, got.err)
			}
			if c.code != exit.OK && !strings.Contains(got.err, "Do not start a new payment") {
				t.Errorf("does not say how to go on:\n%s", got.err)
			}
		})
	}
	t.Run("and not when the receiver does not say", func(t *testing.T) {
		t.Parallel()
		p := newPlace(t, sandbox.Config{})
		got := p.paysInto(t, func(string) {
			p.wallet.Fail(sandbox.OpReadIncomingPayment, sandbox.Fault{Status: 500, Times: 1000})
		}, "--receive", "1000")
		wantEnding(t, got, exit.PaymentUnknown, "the receiver cannot be read", "read the public incoming payment")
	})
	t.Run("but also when the payer's wallet does not say", func(t *testing.T) {
		t.Parallel()
		p := newPlace(t, sandbox.Config{})
		got := p.paysInto(t, func(string) {
			p.wallet.Fail(sandbox.OpReadOutgoingPayment, sandbox.Fault{Status: 500, Times: 1000})
		}, "--receive", "1000")
		if got.code != exit.OK || !strings.Contains(got.err, "10.00 USD arrived.") {
			t.Errorf("ended with %d:\n%s", got.code, got.err)
		}
	})
}

func TestAnInterruptWhileThePaymentArrivesIsNoSuccess(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	r := start(t, nil, p.pay("--receive", "1000")...)
	incoming := r.wants(t, "INCOMING_PAYMENT_URL = ")
	p.wallet.Fail(sandbox.OpReadIncomingPayment, sandbox.Fault{Status: 200, Body: incomingPayment(t, p, incoming, "0"), Times: 1000})
	p.allows(t, r)
	r.wants(t, "9. See whether it arrived")
	r.cancel()
	wantEnding(t, r.end(t), exit.Interrupted, "The payment was made.", "opgrants pay --quote ")
}

// failedPayment is what the payer's wallet says of a payment that has failed.
func failedPayment(t *testing.T, p *place, incoming, reason string) string {
	t.Helper()
	amount := func(value string) map[string]any {
		return map[string]any{"value": value, "assetCode": "USD", "assetScale": 2}
	}
	text, err := json.Marshal(map[string]any{
		"id": p.wallet.ResourceServer() + "/outgoing-payments/1", "walletAddress": p.alice, "failed": true, "receiver": incoming,
		"debitAmount": amount("1000"), "receiveAmount": amount("1000"), "sentAmount": amount("340"), "createdAt": time.Now().Format(time.RFC3339),
		"metadata": map[string]any{"cancellationReason": reason},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAFailedPaymentSaysWhatArrivedAndWhy(t *testing.T) {
	for name, c := range map[string]struct{ reason, says string }{
		"short":              {"Not enough\nfunds\x1b[31m", `The paying wallet's reason: "Not enough funds [31m".`},
		"too long to repeat": {strings.Repeat("x", 1000), strings.Repeat("x", 200) + `…".`},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t, sandbox.Config{})
			got := p.paysInto(t, func(incoming string) {
				p.wallet.Fail(sandbox.OpReadIncomingPayment, sandbox.Fault{Status: 200, Body: incomingPayment(t, p, incoming, "680"), Times: 1000})
				p.wallet.Fail(sandbox.OpReadOutgoingPayment, sandbox.Fault{Status: 200, Body: failedPayment(t, p, incoming, c.reason), Times: 1000})
			}, "--receive", "1000")
			wantEnding(t, got, exit.PaymentFailed, "3.40 USD of 10.00 USD was sent, and 6.80 USD of 10.00 USD arrived.", c.says)
		})
	}
	t.Run("but what has arrived in full has arrived", func(t *testing.T) {
		p := newPlace(t, sandbox.Config{})
		got := p.paysInto(t, func(incoming string) {
			p.wallet.Fail(sandbox.OpReadIncomingPayment, sandbox.Fault{Status: 200, Body: incomingPayment(t, p, incoming, "1000"), Times: 1000})
			p.wallet.Fail(sandbox.OpReadOutgoingPayment, sandbox.Fault{Status: 200, Body: failedPayment(t, p, incoming, "late"), Times: 1000})
		}, "--receive", "1000")
		if got.code != exit.OK {
			t.Errorf("ended with %d:\n%s", got.code, got.err)
		}
	})
}

func TestASignatureThatAResourceServerRefusesIsAboutTheKey(t *testing.T) {
	for _, op := range []sandbox.Op{sandbox.OpCreateIncomingPayment, sandbox.OpCreateQuote} {
		for _, description := range []string{"Signature validation error: invalid signature", "invalid signature headers"} {
			p := newPlace(t, sandbox.Config{})
			p.wallet.Fail(op, sandbox.Fault{Status: 401, Body: fmt.Sprintf(`{"error":{"code":"401","description":%q}}`, description)})
			wantEnding(t, runs(t, nil, p.pay("--receive", "1000")...), exit.KeyRefused, description, p.client+"/jwks.json")
		}
	}
}

func TestAQuoteForAnotherPaymentIsNotPaid(t *testing.T) {
	t.Parallel()
	p := newPlace(t, sandbox.Config{})
	for name, c := range map[string]struct {
		flags  []string
		change func(q map[string]any)
	}{
		"less arrives":     {[]string{"--receive", "1000"}, func(q map[string]any) { q["receiveAmount"].(map[string]any)["value"] = "100" }},
		"more leaves":      {[]string{"--debit", "1000"}, func(q map[string]any) { q["debitAmount"].(map[string]any)["value"] = "10000" }},
		"another asset":    {[]string{"--receive", "1000"}, func(q map[string]any) { q["receiveAmount"].(map[string]any)["assetCode"] = "JPY" }},
		"another receiver": {[]string{"--receive", "1000"}, func(q map[string]any) { q["receiver"] = p.wallet.ResourceServer() + "/incoming-payments/other" }},
	} {
		t.Run(name, func(t *testing.T) {
			p.wallet.Fail(sandbox.OpGrant, sandbox.Fault{Delay: 200 * time.Millisecond, Times: 2}) // so that the quote's fault comes in time
			r := start(t, nil, p.pay(c.flags...)...)
			quote := map[string]any{"id": p.wallet.ResourceServer() + "/quotes/1", "walletAddress": p.alice, "receiver": r.wants(t, "INCOMING_PAYMENT_URL = "), "method": "ilp",
				"debitAmount":   map[string]any{"value": "1000", "assetCode": "USD", "assetScale": 2},
				"receiveAmount": map[string]any{"value": "1000", "assetCode": "USD", "assetScale": 2}, "createdAt": time.Now().Format(time.RFC3339)}
			c.change(quote)
			text, err := json.Marshal(quote)
			if err != nil {
				t.Fatal(err)
			}
			p.wallet.Fail(sandbox.OpCreateQuote, sandbox.Fault{Status: 201, Body: string(text)})
			wantEnding(t, r.end(t), exit.WalletFailed, "The quote is for another payment")
		})
	}
}
