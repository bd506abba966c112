package sandbox

import (
	"testing"
	"time"
)

func TestTheOldestPaymentsAndQuotesAreForgotten(t *testing.T) {
	s, err := New(Config{PublicURL: "https://wallet.example"})
	if err != nil {
		t.Fatal(err)
	}
	address, err := s.AddWallet(Wallet{Name: "alice"})
	if err != nil {
		t.Fatal(err)
	}
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
		s.newOutgoingPayment(a, q, nil)
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
