package opclient

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// A paid is an outgoing payment in a list.
type paid struct {
	quote, receiver string
	at              string // its time on 2026-01-12
}

func listed(payments ...paid) string {
	var items []string
	for i, p := range payments {
		text := strings.NewReplacer(
			"outgoing-payments/1", fmt.Sprint("outgoing-payments/", i),
			"bank.example/incoming-payments/1", p.receiver,
			"23:20:50.52", p.at,
			"https://wallet.example/quotes/1", p.quote,
		).Replace(outgoingAnswer)
		if p.quote == "" {
			text = strings.Replace(text, `"quoteId":"",`, "", 1)
		}
		items = append(items, text)
	}
	return `{"pagination":{"hasPreviousPage":false,"hasNextPage":false},"result":[` + strings.Join(items, ",") + `]}`
}

func TestThePaymentOfAQuoteIsFound(t *testing.T) {
	const (
		shop, other = "bank.example/incoming-payments/1", "bank.example/incoming-payments/2"
		q1, q2, q3  = "https://wallet.example/quotes/1", "https://wallet.example/quotes/2", "https://wallet.example/quotes/3"
	)
	noon := time.Date(2026, 1, 12, 12, 0, 0, 0, time.UTC)
	whole := Quote{ID: q1, Receiver: "https://" + shop, CreatedAt: noon}
	for name, c := range map[string]struct {
		payments []paid
		quote    Quote
		want     string // the number of the payment, or what is said
	}{
		"none":                              {nil, whole, "not paid"},
		"others only":                       {[]paid{{q2, shop, "12:01:00"}, {q3, other, "12:00:30"}}, whole, "not paid"},
		"the newest":                        {[]paid{{q1, shop, "12:01:00"}, {q2, shop, "11:00:00"}}, whole, "0"},
		"the last":                          {[]paid{{q2, shop, "12:02:00"}, {q1, shop, "12:01:00"}}, whole, "1"},
		"the last of an ascending list":     {[]paid{{q2, shop, "10:00:00"}, {q3, shop, "11:00:00"}, {q1, shop, "12:01:00"}}, whole, "2"},
		"by its id alone":                   {[]paid{{q2, shop, "12:02:00"}, {q1, shop, "12:01:00"}}, Quote{ID: q1}, "1"},
		"by another spelling of its id":     {[]paid{{q1, shop, "12:01:00"}}, Quote{ID: "https://WALLET.example:443/quotes/1"}, "0"},
		"not by a part of its id":           {[]paid{{q1 + "0", shop, "12:01:00"}, {"https://bank.example/quotes/1", shop, "12:00:59"}}, whole, "not paid"},
		"a clock that is a little off":      {[]paid{{q2, shop, "12:00:30"}, {q3, shop, "11:59:50"}, {q1, shop, "11:59:30"}}, whole, "2"},
		"a quote that is not told":          {[]paid{{"", shop, "12:01:00"}}, whole, "not told"},
		"not told, but found":               {[]paid{{"", shop, "12:01:00"}, {q1, shop, "12:00:30"}}, whole, "1"},
		"not told of another receiver":      {[]paid{{"", other, "12:01:00"}}, whole, "not paid"},
		"not told of one before":            {[]paid{{"", shop, "11:01:00"}}, whole, "not paid"},
		"not told, and the receiver is not": {[]paid{{"", other, "12:01:00"}}, Quote{ID: q1, CreatedAt: noon}, "not told"},
		"not told, and no such receiver":    {[]paid{{"", shop, "12:01:00"}}, Quote{ID: q1, Receiver: "http://%zz"}, "not paid"},
		"not told, and the time is not":     {[]paid{{"", shop, "01:01:00"}}, Quote{ID: q1, Receiver: "https://" + shop}, "not told"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, answer(200, listed(c.payments...)))
			got, err := newClient(t).FindOutgoingPayment(context.Background(), alice(s.URL), "TOKEN", &c.quote)
			said := "else"
			switch notPaid, unknown := errors.Is(err, ErrNotPaid), errors.Is(err, ErrOutcomeUnknown); {
			case err == nil:
				said = number(got)
			case notPaid && !unknown:
				said = "not paid"
			case unknown && !notPaid:
				said = "not told"
			}
			if said != c.want {
				t.Errorf("got %+v, %v: %s, want %s", got, err, said, c.want)
			}
		})
	}
}

func TestASearchEndsWhereOlderPaymentsBegin(t *testing.T) {
	day := func(n int) string { return fmt.Sprintf(`"createdAt":"2026-01-%02dT23:20:50.52Z"`, n) }
	numbered := func(text string, newestFirst bool) string {
		for i := range 20 {
			n := i + 1
			if newestFirst {
				n = 20 - i
			}
			text = strings.Replace(text, `"createdAt":"2026-01-12T23:20:50.52Z"`, day(n), 1)
		}
		return strings.NewReplacer(`"hasNextPage":false`, `"hasNextPage":true`, "quotes/1", "quotes/other").Replace(text)
	}
	for _, c := range []struct {
		newestFirst bool
		quoted      int // the day of the quote
		requests    int
	}{{true, 15, 1}, {false, 15, 2}, {true, 1, 2}} {
		quote := &Quote{ID: "https://wallet.example/quotes/1", CreatedAt: time.Date(2026, 1, c.quoted, 0, 0, 0, 0, time.UTC)}
		s := newServer(t, answer(200, numbered(listOf(0, 20, 20), c.newestFirst)))
		_, err := newClient(t).FindOutgoingPayment(context.Background(), alice(s.URL), "TOKEN", quote)
		// A list that goes on does so to the same page again.
		if ends := c.requests == 1; errors.Is(err, ErrNotPaid) != ends || errors.Is(err, ErrInvalidAnswer) == ends {
			t.Errorf("%+v: got %v", c, err)
		}
		if n := len(s.requests()); n != c.requests {
			t.Errorf("%+v: %d requests", c, n)
		}
	}
}

func TestASearchThatIsRefusedFindsNothingOut(t *testing.T) {
	s := newServer(t, refuses(403, "text/plain", "Insufficient Grant"))
	_, err := newClient(t).FindOutgoingPayment(context.Background(), alice(s.URL), "TOKEN", &Quote{ID: "https://wallet.example/quotes/1"})
	if !errors.Is(err, ErrInsufficientGrant) || errors.Is(err, ErrNotPaid) {
		t.Errorf("got %v", err)
	}
	_, err = newClient(t).FindOutgoingPayment(context.Background(), alice(s.URL), "TOKEN", &Quote{})
	if invalid, ok := errors.AsType[*InvalidError](err); !ok || invalid.Field != "quoteId" {
		t.Errorf("got %v", err)
	}
}
