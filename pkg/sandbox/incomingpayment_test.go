package sandbox_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestAnIncomingPaymentIsWhatWasAskedFor(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	now := p.clock.Now()
	p.clock.move(999 * time.Microsecond) // JavaScript knows milliseconds
	r := p.post(p.token, "/incoming-payments", m{"walletAddress": p.shop, "incomingAmount": usd("250"),
		"expiresAt": "2026-08-18T14:00:00.2509+02:00", "metadata": m{"order": "é & 7"}})
	r.is(t, 201, "")
	if !strings.HasPrefix(r.ID, p.at("/incoming-payments/")) || r.WalletAddress != p.shop || r.IncomingAmount.Value != 250 || r.ReceivedAmount.Value != 0 || r.Completed ||
		!r.ExpiresAt.Equal(time.Date(2026, 8, 18, 12, 0, 0, 250e6, time.UTC)) || !r.CreatedAt.Equal(now) || string(r.Metadata) != `{"order":"é & 7"}` {
		t.Errorf("%s", r.text)
	}
	if len(r.Methods) != 1 || r.Methods[0].Type != "ilp" || r.Methods[0].ILPAddress == "" || !slices.Contains(p.Secrets(), r.Methods[0].SharedSecret) {
		t.Errorf("methods: %s", r.text)
	}
	if again := p.read(p.token, r.ID); again.text != r.text {
		t.Errorf("read: %s", again.text)
	}
	public, text, _ := get(t, r.ID)
	if want := `{"receivedAmount":{"value":"0","assetCode":"USD","assetScale":2},"authServer":"` + p.AuthServer() + `"}`; public != 200 || text != want {
		t.Errorf("to the public: %d %s", public, text)
	}
	forGo, err := p.IncomingPayments(p.shop)
	if err != nil || len(forGo) != 1 || forGo[0].ID != r.ID || forGo[0].Client != p.shop || !json.Valid(forGo[0].Metadata) {
		t.Errorf("%+v, %v", forGo, err)
	}
}

func TestAnIncomingPaymentLastsThirtyDaysAtMost(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	if r := p.invoice(""); !r.ExpiresAt.Equal(r.CreatedAt.Add(30 * 24 * time.Hour)) {
		t.Errorf("%s", r.text)
	}
	for text, status := range map[string]int{
		"2026-09-16T12:00:00Z": 201, "2026-09-16T12:00:00.001Z": 400, "2026-08-17T12:00:00.001Z": 201, "2026-08-17T12:00:00Z": 400, "2025-01-01T00:00:00Z": 400,
	} {
		r := p.post(p.token, "/incoming-payments", m{"walletAddress": p.shop, "expiresAt": text})
		r.is(t, status, map[int]string{400: "invalid expiresAt"}[status])
	}
}

func TestAnIncomingAmountMustBePositiveAndInTheWalletsAsset(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	for _, amount := range []m{usd("0"), {"value": "1", "assetCode": "EUR", "assetScale": 2}, {"value": "1", "assetCode": "USD", "assetScale": 3}} {
		p.post(p.token, "/incoming-payments", m{"walletAddress": p.shop, "incomingAmount": amount}).is(t, 400, "invalid amount")
	}
}

func TestACompletedIncomingPaymentTakesNoMore(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	invoice := p.invoice("100")
	quote := p.quote(invoice.ID, nil)
	complete := func() *result {
		return p.post(p.token, strings.TrimPrefix(invoice.ID, p.ResourceServer())+"/complete", nil)
	}
	done := complete()
	done.is(t, 200, "")
	if !done.Completed || strings.Contains(done.text, "methods") {
		t.Errorf("%s", done.text)
	}
	complete().is(t, 409, "wrong state")
	p.pay(quote).is(t, 400, "invalid quote")
	p.quote(invoice.ID, nil).is(t, 400, "invalid receiver")
	if r := p.read(p.token, invoice.ID); len(r.Methods) != 0 || !r.Completed {
		t.Errorf("%s", r.text)
	}
	p.balances(100_000, 100_000)
}

func TestAnExpiredIncomingPaymentIsForgottenUnlessItReceivedSomething(t *testing.T) {
	p := newPayer(t, sandbox.Config{TokenLife: 1000 * time.Hour}, nil)
	empty, partly := p.invoice("100"), p.invoice("100")
	p.post(p.payToken, "/outgoing-payments", m{"walletAddress": p.alice, "incomingPayment": partly.ID, "debitAmount": usd("40")}).is(t, 201, "")
	p.clock.move(30*24*time.Hour - time.Millisecond)
	late := p.quote(partly.ID, nil)
	late.is(t, 201, "")
	if !late.ExpiresAt.Equal(partly.ExpiresAt) || late.ReceiveAmount.Value != 60 {
		t.Errorf("the quote does not end with its receiver, or is not of what is left: %s", late.text)
	}
	p.clock.move(time.Millisecond)
	p.read(p.token, empty.ID).is(t, 401, "Unauthorized")
	if status, _, _ := get(t, empty.ID); status != 401 {
		t.Errorf("the public read answered %d", status)
	}
	r := p.read(p.token, partly.ID)
	r.is(t, 200, "")
	if r.Completed || r.ReceivedAmount.Value != 40 || len(r.Methods) != 0 {
		t.Errorf("%s", r.text)
	}
	p.post(p.token, strings.TrimPrefix(partly.ID, p.ResourceServer())+"/complete", nil).is(t, 409, "wrong state")
	p.quote(partly.ID, m{"debitAmount": usd("1")}).is(t, 400, "invalid receiver")
	p.pay(late).is(t, 400, "invalid quote")
	if all, err := p.IncomingPayments(p.shop); err != nil || len(all) != 1 || all[0].ID != partly.ID {
		t.Errorf("%+v, %v", all, err)
	}
	if list := p.read(p.token, p.at("/incoming-payments?wallet-address="+p.shop)); len(list.Result) != 1 {
		t.Errorf("%s", list.text)
	}
}

func TestEveryGrantThatMayCompleteOneMay(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	invoice := p.invoice("100")
	other := p.given(m{"type": "incoming-payment", "actions": []any{"complete"}})
	p.post(other, strings.TrimPrefix(invoice.ID, p.ResourceServer())+"/complete", nil).is(t, 200, "")
}
