package payment

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// A scripted is a wallet that answers questions about one payment as a test says, and
// remembers in which order they came.
type scripted struct {
	Wallet
	received []string // what the receiver says, one after the other; "": its server is down
	payment  *opclient.OutgoingPayment
	found    error
	date     time.Time
	asked    []string
}

func (s *scripted) PublicIncomingPayment(context.Context, string) (*opclient.PublicIncomingPayment, error) {
	s.asked = append(s.asked, "receiver")
	value := s.received[0]
	if len(s.received) > 1 {
		s.received = s.received[1:]
	}
	if value == "" {
		return nil, &opclient.Error{Status: 503, Err: opclient.ErrOutcomeUnknown}
	}
	a := usd(value)
	return &opclient.PublicIncomingPayment{ReceivedAmount: &a, AuthServer: "https://auth.shop.example"}, nil
}

func (s *scripted) OutgoingPayment(_ context.Context, id string, _ opclient.Secret) (*opclient.OutgoingPayment, error) {
	s.asked = append(s.asked, "sender")
	if s.payment == nil {
		return nil, &opclient.Error{Status: 401, Err: joined{opclient.ErrRefused, opclient.ErrNotFound}}
	}
	return s.payment, nil
}

func (s *scripted) FindOutgoingPayment(context.Context, *opclient.WalletAddress, opclient.Secret, *opclient.Quote) (*opclient.OutgoingPayment, error) {
	s.asked = append(s.asked, "list")
	if s.found == nil {
		return s.payment, nil
	}
	return nil, &opclient.Error{Date: s.date, Err: s.found}
}

// oneGrant is a store that has a grant in use.
type oneGrant struct{ now time.Time }

func (o oneGrant) Create(context.Context, *grant.Item) error { return grant.ErrExists }
func (o oneGrant) Update(context.Context, *grant.Item) error { return grant.ErrConflict }
func (o oneGrant) Get(context.Context, string) (*grant.Item, error) {
	return &grant.Item{ID: "grant", Owner: "shop", Version: 1, Status: grant.Granted, Claimed: true, Token: "t", ManageURI: "https://auth.example/t",
		TokenExpires: grant.At(o.now.Add(time.Hour)), TokenMade: grant.At(o.now), GrantedAt: grant.At(o.now)}, nil
}

func looking(now time.Time, w *scripted) *Service {
	clock := func() time.Time { return now }
	return &Service{Wallet: w, Now: clock, Grants: &grant.Service{Store: oneGrant{now}, Now: clock}}
}

func lookAt(t *testing.T, s *Service, it *Item) *evidence {
	t.Helper()
	ctx, cancel := grant.Begin(t.Context())
	defer cancel()
	e := &evidence{}
	s.look(ctx, it, true, e)
	return e
}

func saysOf(it *Item, failed bool, sent string) *opclient.OutgoingPayment {
	return &opclient.OutgoingPayment{ID: it.outgoingURL(), WalletAddress: it.Sender, QuoteID: it.Quote.ID, Receiver: it.Receiver, Failed: failed, SentAmount: usd(sent)}
}

func TestTheReceiverIsAskedFirstAndAgainWhenTheWalletSaysThatItFailed(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		received []string
		failed   bool
		sent     string
		asked    []string
		want     Status
	}{
		"it has arrived":                    {[]string{"1000"}, true, "0", []string{"receiver"}, Completed},
		"nothing yet":                       {[]string{"0"}, false, "0", []string{"receiver", "sender"}, Pending},
		"it failed":                         {[]string{"0", "0"}, true, "0", []string{"receiver", "sender", "receiver"}, Failed},
		"it failed, and a part had arrived": {[]string{"0", "680"}, true, "0", []string{"receiver", "sender", "receiver"}, Partial},
		"it failed, and all had arrived":    {[]string{"0", "1000"}, true, "0", []string{"receiver", "sender", "receiver"}, Completed},
		"it failed, and the receiver's server went down": {[]string{"0", ""}, true, "0", []string{"receiver", "sender", "receiver"}, Pending},
	} {
		t.Run(name, func(t *testing.T) {
			it := sample(stateSought, nil, now)
			w := &scripted{received: c.received, payment: saysOf(it, c.failed, c.sent)}
			e := lookAt(t, looking(now, w), it)
			next, _ := it.decide(e, nil, now)
			if !slices.Equal(w.asked, c.asked) {
				t.Errorf("asked %q, want %q", w.asked, c.asked)
			}
			if next == nil {
				t.Fatal("it proves nothing")
			}
			if err := it.become(*next); err != nil || it.Status != c.want {
				t.Errorf("%s, %v, want %s", it.Status, err, c.want)
			}
		})
	}
}

// not_made is said only from a complete list that was begun 60 s after the quote's
// expiry, by our clock and by the answer's Date.
func TestNotMadeIsSaidOnlyFromALateAndCompleteList(t *testing.T) {
	made := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	late := made.Add(6 * time.Minute)
	for name, c := range map[string]struct {
		now, date time.Time
		err       error
		want      bool
	}{
		"late by both clocks":              {late, late, opclient.ErrNotPaid, true},
		"early by ours":                    {late.Add(-time.Second), late, opclient.ErrNotPaid, false},
		"early by the server's":            {late, late.Add(-time.Second), opclient.ErrNotPaid, false},
		"the server does not say its time": {late, time.Time{}, opclient.ErrNotPaid, false},
		"a candidate tells no quoteId":     {late, late, opclient.ErrOutcomeUnknown, false},
		"refused":                          {late, late, joined{opclient.ErrRefused, opclient.ErrInsufficientGrant}, false},
		"not found":                        {late, late, joined{opclient.ErrRefused, opclient.ErrNotFound}, false},
		"a broken list":                    {late, late, opclient.ErrInvalidAnswer, false},
	} {
		t.Run(name, func(t *testing.T) {
			it := sample(stateSought, nil, made)
			w := &scripted{received: []string{"0"}, found: c.err, date: c.date}
			e := lookAt(t, looking(c.now, w), it)
			next, _ := it.decide(e, nil, c.now)
			if got := next != nil && next.name == "fail"; got != c.want || e.absent != c.want {
				t.Errorf("not made: %v, absent %v, want %v", got, e.absent, c.want)
			}
			if !slices.Contains(w.asked, "list") {
				t.Errorf("asked %q", w.asked)
			}
		})
	}
}

func TestAnotherPaymentIsNotTakenForThisOne(t *testing.T) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	for name, change := range map[string]func(*opclient.OutgoingPayment){
		"another receiver": func(p *opclient.OutgoingPayment) { p.Receiver += "2" },
		"another quote":    func(p *opclient.OutgoingPayment) { p.QuoteID += "2" },
		"another sender":   func(p *opclient.OutgoingPayment) { p.WalletAddress += "2" },
	} {
		it := sample(stateSought, nil, now)
		p := saysOf(it, false, "1000")
		change(p)
		if e := lookAt(t, looking(now, &scripted{received: []string{"0"}, payment: p, found: errors.New("none")}), it); e.payment != nil {
			t.Errorf("%s is taken for this payment", name)
		}
	}
}
