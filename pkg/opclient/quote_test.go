package opclient

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

const quoteAnswer = `{"id":"https://wallet.example/quotes/1","walletAddress":"https://wallet.example/alice",` +
	`"receiver":"https://bank.example/incoming-payments/1","debitAmount":{"value":"2600","assetCode":"USD","assetScale":2},` +
	`"receiveAmount":{"value":"2198","assetCode":"EUR","assetScale":2},"method":"ilp",` +
	`"createdAt":"2026-01-12T23:20:50.52Z","expiresAt":"2026-01-12T23:25:50.52Z"}`

func TestCreateQuoteAsksWhatItCosts(t *testing.T) {
	const receiver = "https://bank.example/incoming-payments/1"
	for name, c := range map[string]struct {
		r    QuoteRequest
		want string
	}{
		"to pay all of it":     {QuoteRequest{Receiver: receiver}, `}`},
		"so that this leaves":  {QuoteRequest{Receiver: receiver, DebitAmount: &Amount{"2600", "USD", 2}}, `,"debitAmount":{"value":"2600","assetCode":"USD","assetScale":2}}`},
		"so that this arrives": {QuoteRequest{Receiver: receiver, ReceiveAmount: &Amount{"1", "JPY", 0}}, `,"receiveAmount":{"value":"1","assetCode":"JPY","assetScale":0}}`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, answer(201, quoteAnswer))
			got, err := newClient(t).CreateQuote(context.Background(), alice(s.URL+"/op"), "TOKEN", c.r)
			created := time.Date(2026, 1, 12, 23, 20, 50, 52e7, time.UTC)
			want := Quote{"https://wallet.example/quotes/1", "https://wallet.example/alice", receiver,
				Amount{"2600", "USD", 2}, Amount{"2198", "EUR", 2}, "ilp", created.Add(5 * time.Minute), created}
			if err != nil || *got != want {
				t.Errorf("got %+v, %v", got, err)
			}
			r := s.only(t)
			if want := `{"walletAddress":"https://wallet.example/alice","receiver":"` + receiver + `","method":"ilp"` + c.want; string(r.body) != want {
				t.Errorf("the body is\n%s\nwant\n%s", r.body, want)
			}
			if r.Method != "POST" || r.RequestURI != "/op/quotes" || r.Header.Get("Authorization") != "GNAP TOKEN" {
				t.Errorf("sent %s %s %v", r.Method, r.RequestURI, r.Header)
			}
			verify(t, r)
		})
	}
}

func TestAQuoteThatMakesNoSenseIsNotAskedFor(t *testing.T) {
	s := newServer(t, answer(201, quoteAnswer))
	usd := &Amount{"1", "USD", 2}
	const receiver = "https://bank.example/incoming-payments/1"
	for name, c := range map[string]struct {
		r     QuoteRequest
		field string
	}{
		"no receiver":     {QuoteRequest{DebitAmount: usd}, "receiver"},
		"a wallet":        {QuoteRequest{Receiver: "https://bank.example/bob"}, "receiver"},
		"no URL":          {QuoteRequest{Receiver: "1"}, "receiver"},
		"both amounts":    {QuoteRequest{receiver, usd, usd}, "receiveAmount"},
		"a bad debit":     {QuoteRequest{receiver, &Amount{"1.5", "USD", 2}, nil}, "debitAmount.value"},
		"a debit of 0":    {QuoteRequest{receiver, &Amount{"0", "USD", 2}, nil}, "debitAmount.value"},
		"a bad receive":   {QuoteRequest{receiver, nil, &Amount{"-1", "USD", 2}}, "receiveAmount.value"},
		"an asset of nil": {QuoteRequest{receiver, nil, &Amount{Value: "1"}}, "receiveAmount.assetCode"},
	} {
		_, err := newClient(t).CreateQuote(context.Background(), alice(s.URL), "TOKEN", c.r)
		if invalid, ok := errors.AsType[*InvalidError](err); !ok || invalid.Field != c.field {
			t.Errorf("%s: got %v, want %s", name, err, c.field)
		}
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestAQuoteThatIsNotAsOpenPaymentsSays(t *testing.T) {
	for _, c := range []struct{ old, new, why string }{
		{`"id"`, `"x"`, "id is missing"},
		{`"walletAddress"`, `"x"`, "walletAddress is missing"},
		{`"receiver"`, `"x"`, "receiver is missing"},
		{`"debitAmount"`, `"x"`, "debitAmount is missing"},
		{`"value":"2600"`, `"value":""`, "debitAmount.value must be a whole number"},
		{`"receiveAmount"`, `"x"`, "receiveAmount is missing"},
		{`"method":"ilp"`, `"method":7`, "method must be a string"},
		{`"createdAt"`, `"x"`, "createdAt is missing"},
		{`"expiresAt":"`, `"expiresAt":"in `, "expiresAt must be a date and time"},
	} {
		s := newServer(t, answer(200, edit(t, quoteAnswer, c.old, c.new)))
		_, err := newClient(t).Quote(context.Background(), s.URL, "TOKEN")
		if !errors.Is(err, ErrInvalidAnswer) || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s for %s: got %v, want an invalid answer with %q", c.new, c.old, err, c.why)
		}
	}
}

func TestAQuoteMayTellNoExpiry(t *testing.T) {
	s := newServer(t, answer(200, edit(t, quoteAnswer, `"expiresAt"`, `"updatedAt"`)))
	got, err := newClient(t).Quote(context.Background(), s.URL+"/quotes/1", "TOKEN")
	if err != nil || !got.ExpiresAt.IsZero() {
		t.Errorf("got %+v, %v", got, err)
	}
	if r := s.only(t); r.RequestURI != "/quotes/1" {
		t.Errorf("asked for %s", r.RequestURI)
	}
}
