package opclient

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const outgoingAnswer = `{"id":"https://wallet.example/outgoing-payments/1","walletAddress":"https://wallet.example/alice",` +
	`"quoteId":"https://wallet.example/quotes/1","failed":false,"receiver":"https://bank.example/incoming-payments/1",` +
	`"debitAmount":{"value":"2600","assetCode":"USD","assetScale":2},"receiveAmount":{"value":"2198","assetCode":"EUR","assetScale":2},` +
	`"sentAmount":{"value":"0","assetCode":"USD","assetScale":2},"metadata":{"externalRef":"INV-1"},"createdAt":"2026-01-12T23:20:50.52Z"}`

var spent = `"grantSpentDebitAmount":{"value":"7","assetCode":"USD","assetScale":2},"grantSpentReceiveAmount":{"value":"6","assetCode":"EUR","assetScale":2},"id"`

func TestCreateOutgoingPaymentPays(t *testing.T) {
	for name, c := range map[string]struct {
		r    OutgoingPaymentRequest
		want string
	}{
		"from a quote": {
			OutgoingPaymentRequest{QuoteID: "https://wallet.example/quotes/1", Metadata: map[string]any{"externalRef": "INV-1"}},
			`,"quoteId":"https://wallet.example/quotes/1","metadata":{"externalRef":"INV-1"}}`,
		},
		"an incoming payment": {
			OutgoingPaymentRequest{IncomingPayment: "https://bank.example/incoming-payments/1", DebitAmount: &Amount{"2600", "USD", 2}},
			`,"incomingPayment":"https://bank.example/incoming-payments/1","debitAmount":{"value":"2600","assetCode":"USD","assetScale":2}}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, answer(201, edit(t, outgoingAnswer, `"id"`, spent)))
			got, err := newClient(t).CreateOutgoingPayment(context.Background(), alice(s.URL+"/op"), "TOKEN", c.r)
			if err != nil {
				t.Fatal(err)
			}
			if got.ID != "https://wallet.example/outgoing-payments/1" || got.WalletAddress != "https://wallet.example/alice" ||
				got.QuoteID != "https://wallet.example/quotes/1" || got.Failed || got.Receiver != "https://bank.example/incoming-payments/1" ||
				got.DebitAmount != (Amount{"2600", "USD", 2}) || got.ReceiveAmount != (Amount{"2198", "EUR", 2}) || got.SentAmount != (Amount{"0", "USD", 2}) ||
				got.Metadata["externalRef"] != "INV-1" || !got.CreatedAt.Equal(time.Date(2026, 1, 12, 23, 20, 50, 52e7, time.UTC)) ||
				*got.GrantSpentDebitAmount != (Amount{"7", "USD", 2}) || *got.GrantSpentReceiveAmount != (Amount{"6", "EUR", 2}) {
				t.Errorf("got %+v", got)
			}
			r := s.only(t)
			if want := `{"walletAddress":"https://wallet.example/alice"` + c.want; string(r.body) != want {
				t.Errorf("the body is\n%s\nwant\n%s", r.body, want)
			}
			if r.Method != "POST" || r.RequestURI != "/op/outgoing-payments" || r.Header.Get("Authorization") != "GNAP TOKEN" || r.Header.Get("Idempotency-Key") != "" {
				t.Errorf("sent %s %s %v", r.Method, r.RequestURI, r.Header)
			}
			verify(t, r)
		})
	}
}

func TestAPaymentThatMakesNoSenseIsNotMade(t *testing.T) {
	s := newServer(t, answer(201, outgoingAnswer))
	usd := &Amount{"1", "USD", 2}
	const quote, receiver = "https://wallet.example/quotes/1", "https://bank.example/incoming-payments/1"
	for name, c := range map[string]struct {
		r     OutgoingPaymentRequest
		field string
	}{
		"nothing":                 {OutgoingPaymentRequest{}, "quoteId"},
		"a quote with a receiver": {OutgoingPaymentRequest{QuoteID: quote, IncomingPayment: receiver}, "quoteId"},
		"a quote with an amount":  {OutgoingPaymentRequest{QuoteID: quote, DebitAmount: usd}, "quoteId"},
		"a quote that is no URL":  {OutgoingPaymentRequest{QuoteID: "1"}, "quoteId"},
		"no amount":               {OutgoingPaymentRequest{IncomingPayment: receiver}, "quoteId"},
		"no receiver":             {OutgoingPaymentRequest{DebitAmount: usd}, "quoteId"},
		"a receiver that is none": {OutgoingPaymentRequest{IncomingPayment: "bob", DebitAmount: usd}, "incomingPayment"},
		"a bad amount":            {OutgoingPaymentRequest{IncomingPayment: receiver, DebitAmount: &Amount{"1.30", "USD", 2}}, "debitAmount.value"},
		"metadata without end":    {OutgoingPaymentRequest{QuoteID: quote, Metadata: endless()}, "metadata"},
	} {
		_, err := newClient(t).CreateOutgoingPayment(context.Background(), alice(s.URL), "TOKEN", c.r)
		if invalid, ok := errors.AsType[*InvalidError](err); !ok || invalid.Field != c.field {
			t.Errorf("%s: got %v, want %s", name, err, c.field)
		}
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func endless() map[string]any {
	m := map[string]any{}
	m["m"] = m
	return m
}

func TestAnOutgoingPaymentThatIsNotAsOpenPaymentsSays(t *testing.T) {
	for _, c := range []struct{ old, new, why string }{
		{`"id"`, `"x"`, "id is missing"},
		{`"walletAddress"`, `"x"`, "walletAddress is missing"},
		{`"receiver"`, `"x"`, "receiver is missing"},
		{`https://wallet.example/quotes/1`, `quotes/1`, "quoteId must be an absolute URL"},
		{`"failed":false`, `"failed":0`, "failed must be true or false"},
		{`"debitAmount"`, `"x"`, "debitAmount is missing"},
		{`"receiveAmount"`, `"x"`, "receiveAmount is missing"},
		{`"sentAmount"`, `"x"`, "sentAmount is missing"},
		{`"value":"0"`, `"value":"00"`, "sentAmount.value must be a whole number"},
		{`"createdAt"`, `"x"`, "createdAt is missing"},
		{`"id"`, `"grantSpentDebitAmount":1,"id"`, "grantSpentDebitAmount must be an object"},
	} {
		s := newServer(t, answer(200, edit(t, outgoingAnswer, c.old, c.new)))
		_, err := newClient(t).OutgoingPayment(context.Background(), s.URL, "TOKEN")
		if !errors.Is(err, ErrInvalidAnswer) || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s for %s: got %v, want an invalid answer with %q", c.new, c.old, err, c.why)
		}
	}
}

func TestAnOutgoingPaymentMayTellNeitherQuoteNorFailure(t *testing.T) {
	text := strings.NewReplacer(`"quoteId"`, `"x"`, `"failed":false`, `"y":1`, `"metadata"`, `"z"`).Replace(outgoingAnswer)
	s := newServer(t, answer(200, text))
	got, err := newClient(t).OutgoingPayment(context.Background(), s.URL+"/outgoing-payments/1", "TOKEN")
	if err != nil || got.QuoteID != "" || got.Failed || got.Metadata != nil || got.GrantSpentDebitAmount != nil {
		t.Errorf("got %+v, %v", got, err)
	}
	if r := s.only(t); r.RequestURI != "/outgoing-payments/1" {
		t.Errorf("asked for %s", r.RequestURI)
	}
}

// A second POST could pay twice, so there must be none, not even by net/http on a
// connection that had been kept.
func TestAPaymentIsTriedOnce(t *testing.T) {
	var again atomic.Bool
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if !again.Swap(true) {
			answer(201, outgoingAnswer)(w, r)
			return
		}
		conn, _, _ := http.NewResponseController(w).Hijack()
		_ = conn.Close()
	})
	c := newClient(t)
	pay := func() error {
		_, err := c.CreateOutgoingPayment(context.Background(), alice(s.URL), "TOKEN", OutgoingPaymentRequest{QuoteID: "https://wallet.example/quotes/1"})
		return err
	}
	if err := pay(); err != nil {
		t.Fatal(err)
	}
	wantClasses(t, pay(), ErrOutcomeUnknown)
	if n := len(s.requests()); n != 2 {
		t.Errorf("%d requests were sent, want 2", n)
	}
}

func TestSpentAmountsAreThoseOfTheGrant(t *testing.T) {
	for text, want := range map[string]SpentAmounts{
		`{"spentReceiveAmount":null,"spentDebitAmount":null}`: {},
		`{"spentReceiveAmount":null,"spentDebitAmount":{"value":"7","assetCode":"USD","assetScale":2}}`: {
			Debit: &Amount{"7", "USD", 2}},
		`{"spentReceiveAmount":{"value":"0","assetCode":"EUR","assetScale":2},"spentDebitAmount":{"value":"7","assetCode":"USD","assetScale":2}}`: {
			Debit: &Amount{"7", "USD", 2}, Receive: &Amount{"0", "EUR", 2}},
	} {
		s := newServer(t, answer(200, text))
		got, err := newClient(t).SpentAmounts(context.Background(), alice(s.URL+"/op"), "TOKEN")
		if err != nil || !equalAmounts(got.Debit, want.Debit) || !equalAmounts(got.Receive, want.Receive) {
			t.Errorf("%s: got %+v, %v", text, got, err)
		}
		if r := s.only(t); r.RequestURI != "/op/outgoing-payment-grant" {
			t.Errorf("asked for %s", r.RequestURI)
		}
	}
	for text, why := range map[string]string{
		`{"spentReceiveAmount":null}`:                            "spentDebitAmount is missing",
		`{"spentDebitAmount":null}`:                              "spentReceiveAmount is missing",
		`{"spentDebitAmount":"7","spentReceiveAmount":null}`:     "spentDebitAmount must be an object",
		`{"spentDebitAmount":null,"spentReceiveAmount":{"x":1}}`: "spentReceiveAmount.value is missing",
	} {
		s := newServer(t, answer(200, text))
		_, err := newClient(t).SpentAmounts(context.Background(), alice(s.URL), "TOKEN")
		if !errors.Is(err, ErrInvalidAnswer) || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: got %v, want %q", text, err, why)
		}
	}
}

func equalAmounts(a, b *Amount) bool {
	return a == b || a != nil && b != nil && *a == *b
}

// refuses answers as a server that does not like the request.
func refuses(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}
