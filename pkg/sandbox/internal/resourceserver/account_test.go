package resourceserver

import (
	"log/slog"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/access"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/calls"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/interval"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/secrets"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/wallets"
)

func TestTheOldestPaymentsAndQuotesAreForgotten(t *testing.T) {
	c := calls.New(slog.New(slog.DiscardHandler), nil)
	s, err := New(Config{Wallets: "https://wallet.example", URL: "https://wallet.example/op", QuoteLife: time.Hour, IncomingPaymentLife: time.Hour, Now: time.Now},
		c, wallets.New(wallets.Config{}, c, nil), nil, &secrets.Set{})
	if err != nil {
		t.Fatal(err)
	}
	s.OpenAccount(&wallets.Wallet{Name: "alice", AssetCode: "USD", AssetScale: 2})
	address := "https://wallet.example/alice"
	a := s.account(address)
	for range maxPayments + 1 {
		p, f := s.newIncomingPayment(a, nil, time.Time{})
		if f != nil {
			t.Fatal(f)
		}
		s.keepIncomingPayment(p)
		q, f := s.newQuote(a, p.ID, &Amount{1, "USD", 2}, nil)
		if f != nil {
			t.Fatal(f)
		}
		s.keepQuote(q)
		s.makePayment("", &access.Item{}, q, s.spentIn(nil, interval.Window{}, q), nil, s.now())
	}
	for name, n := range map[string]int{
		"incoming payments": len(s.incoming), "incoming payments of the account": len(a.incoming), "quotes": len(s.quotes), "quotes in order": len(s.oldestQuotes),
		"outgoing payments": len(s.outgoing), "outgoing payments of the account": len(a.outgoing),
	} {
		if n != maxPayments {
			t.Errorf("%d %s", n, name)
		}
	}
	if s.outgoing[a.outgoing[0].id] != a.outgoing[0] || s.incoming[a.incoming[0].id] != a.incoming[0] || s.quotes[s.oldestQuotes[0].id] != s.oldestQuotes[0] {
		t.Error("another than the oldest was forgotten")
	}
}
