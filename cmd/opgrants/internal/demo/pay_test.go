package demo

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestWithinAPermissionNobodyIsAskedAgain(t *testing.T) {
	s := startDemo(t)
	a := allowed(t, s, "5")
	want(t, a.buy("1", 100, 0, "You paid <strong>1.00 USD</strong>", "2.70 USD left")(t.Context()))
	t.Run("and the shop's front page leads to it", func(t *testing.T) {
		front, err := a.alice.open(t.Context(), s.shop.URL)
		if err != nil {
			t.Fatal(err)
		}
		want(t, front.check(200, s.shop.URL, "up to 5.00 USD a day", "2.70 USD of that is left", strings.TrimPrefix(a.orderURL(), s.shop.URL)))
	})
}

func TestWithoutAPermissionForMoreNothingIsTried(t *testing.T) {
	s := startDemo(t)
	once := allowed(t, s, "")
	over := allowed(t, s, "5")
	want(t, over.end(t.Context()))
	tried := s.wallet.Stats().IncomingPayments
	want(t, once.buy("1", 0, 0, "You paid")(t.Context()))
	want(t, over.buy("1", 0, 0, "Your permission has ended")(t.Context()))
	if n := s.wallet.Stats().IncomingPayments - tried; n != 0 {
		t.Errorf("%d payments were begun", n)
	}
}

func TestADayLaterTheWholeLimitIsThereAgain(t *testing.T) {
	s := startDemo(t)
	a := allowed(t, s, "5")
	for _, c := range []struct{ by, left string }{{"10m", "3.70 USD left"}, {"24h", "5.00 USD left"}} {
		p, err := a.alice.submit(t.Context(), a.orderURL()+"/later", url.Values{"by": {c.by}})
		if err != nil {
			t.Fatal(err)
		}
		want(t, p.check(200, s.shop.URL, c.left))
	}
	for _, by := range []string{"", "-1h", "25h", "soon"} {
		before := s.clock.Ahead()
		if _, err := a.alice.submit(t.Context(), a.orderURL()+"/later", url.Values{"by": {by}}); err != nil || s.clock.Ahead() != before {
			t.Errorf("%q puts the clock forward, %v", by, err)
		}
	}
}

func TestACoffeeThatIsNotPaidIsExplained(t *testing.T) {
	for name, c := range map[string]struct {
		limit, price string
		op           sandbox.Op
		fault        sandbox.Fault
		says         string
	}{
		"beyond the limit":     {"5", "4", "", sandbox.Fault{}, "You allowed 5.00 USD a day, and 1.30 USD of that is spent. 3.70 USD is left, and this coffee costs 4.00 USD"},
		"beyond what there is": {"5000", "4000", "", sandbox.Fault{}, "There may not be enough money in it."},
		"the wallet is broken": {"5", "1", sandbox.OpCreateQuote, sandbox.Fault{Status: 500}, "cannot be asked right now"},
		"the wallet says no":   {"5", "1", sandbox.OpCreateIncomingPayment, sandbox.Fault{Status: 400, Body: "{}"}, "cannot be asked right now"},
	} {
		t.Run(name, func(t *testing.T) {
			s := startDemo(t)
			a := allowed(t, s, c.limit)
			if c.op != "" {
				s.wallet.Fail(c.op, c.fault)
			}
			want(t, a.buy(c.price, 0, 0, "was not paid", c.says)(t.Context()))
		})
	}
}

func TestAPaymentThatWasNotSentIsTriedAgainAndPaidOnce(t *testing.T) {
	s := startDemo(t)
	a := allowed(t, s, "5")
	s.wallet.Fail(sandbox.OpCreateQuote, sandbox.Fault{Status: 500})
	want(t, a.buy("1", 0, 0, "was not paid", "Try again")(t.Context()))
	again := func(shows string) func(context.Context) error {
		return func(ctx context.Context) error {
			p, err := a.alice.submit(ctx, a.orderURL()+"/again", nil)
			if err != nil {
				return err
			}
			return p.check(200, s.shop.URL, shows)
		}
	}
	want(t, a.checkBalances(100, again("You paid <strong>1.00 USD</strong>"))(t.Context()))
	want(t, a.checkBalances(0, again("You paid <strong>1.00 USD</strong>"))(t.Context())) // there is nothing to try
}

// The shop ships when the money is there: an incoming payment that is completed is not
// enough, and neither is what the customer's wallet says.
func TestWhatHasNotArrivedIsOnItsWay(t *testing.T) {
	s := startDemo(t)
	a := allowed(t, s, "5")
	zero := `{"value":"0","assetCode":"USD","assetScale":2}`
	s.wallet.Fail(sandbox.OpReadIncomingPayment, sandbox.Fault{Status: 200, Times: 1000, Body: `{"id":"` + s.walletURL + `/op/incoming-payments/1","walletAddress":"` +
		s.addresses.shop + `","completed":true,"receivedAmount":` + zero + `,"methods":[],"createdAt":"2026-01-01T00:00:00Z"}`})
	_, next, err := a.alice.hop(t.Context(), "POST", a.orderURL()+"/coffees", url.Values{"amount": {"1"}, "key": {"k"}})
	if err != nil {
		t.Fatal(err)
	}
	p, again, err := a.alice.hop(t.Context(), "GET", next.String(), nil)
	if err != nil || again == nil {
		t.Fatalf("the page does not load again: %v", err)
	}
	want(t, p.check(200, s.shop.URL, "On its way", "has not arrived here yet"))
	s.wallet.ClearFaults()
	if p, err = a.alice.open(t.Context(), next.String()); err != nil {
		t.Fatal(err)
	}
	want(t, p.check(200, s.shop.URL, "You paid <strong>1.00 USD</strong>"))
}

// Another tab, or a reload, must not call a payment unpaid while it is asked for.
func TestWhileAPaymentIsAskedForAPageSaysSo(t *testing.T) {
	s := startDemo(t)
	a := allowed(t, s, "5")
	s.wallet.Fail(sandbox.OpCreateQuote, sandbox.Fault{Delay: time.Second})
	paid, at := make(chan error, 1), a.orderURL()
	go func() {
		b := &browser{http: a.alice.http}
		_, err := b.submit(t.Context(), at+"/coffees", url.Values{"amount": {"1"}, "key": {"k"}})
		paid <- err
	}()
	for s.wallet.Stats().IncomingPayments < 2 { // the one before has one
		time.Sleep(time.Millisecond)
	}
	p, again, err := a.alice.hop(t.Context(), "GET", at, nil)
	if err != nil || again == nil {
		t.Fatalf("the page does not load again: %v", err)
	}
	want(t, p.check(200, s.shop.URL, "One moment", "is asking for <strong>1.00 USD</strong>"))
	want(t, <-paid)
	if p, err = a.alice.open(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	want(t, p.check(200, s.shop.URL, "You paid <strong>1.00 USD</strong>"))
}

func TestAPaymentWithoutAnAnswerIsFound(t *testing.T) {
	s := startDemo(t)
	a := allowed(t, s, "5")
	s.wallet.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Act: true, Drop: true})
	want(t, a.buy("1", 100, 0, "Thank you", "The service asks the customer&#39;s wallet about the payment")(t.Context()))
}

func TestATokenThatIsNotTakenIsReplaced(t *testing.T) {
	s := startDemo(t)
	a := allowed(t, s, "5")
	s.wallet.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Status: 403, Body: `{"error":{"code":"403","description":"Inactive Token"}}`})
	want(t, a.buy("1", 100, 1, "Thank you", "The service rotates the token")(t.Context()))
}

func TestACodeThatIsInventedLeavesTheOrderWaiting(t *testing.T) {
	s := startDemo(t)
	a := atConsent(t, s, "")
	front, err := a.alice.open(t.Context(), s.shop.URL)
	if err != nil {
		t.Fatal(err)
	}
	_, id, _ := strings.Cut(front.text, `href="/orders/`)
	id, _, _ = strings.Cut(id, `"`)
	p, err := a.alice.open(t.Context(), s.shop.URL+"/thanks?status=granted&code=invented&order="+id)
	if err != nil {
		t.Fatal(err)
	}
	want(t, p.check(200, s.shop.URL, "Your wallet asks you"))
	want(t, a.allow(130, "Thank you")(t.Context()))
}

func TestAPermissionThatWasEndedAtTheWalletIsNoticed(t *testing.T) {
	s := startDemo(t)
	a := allowed(t, s, "5")
	if err := s.wallet.RevokeGrant(a.consent.url.String()); err != nil {
		t.Fatal(err)
	}
	want(t, a.afterTime(10*time.Minute, a.buy("1", 0, 1, "You have ended this permission", "Your permission has ended"))(t.Context()))
}

func TestNothingIsTakenOnceTheEndWasAskedFor(t *testing.T) {
	s := startDemo(t)
	a := allowed(t, s, "5")
	s.wallet.Fail(sandbox.OpCancel, sandbox.Fault{Status: 500, Times: 5})
	if _, err := a.alice.submit(t.Context(), a.orderURL()+"/end", nil); err != nil {
		t.Fatal(err)
	}
	want(t, a.buy("1", 0, 0, "You have ended this permission")(t.Context()))
}

func TestAnEndThatTheWalletWasNotToldIsTriedAgain(t *testing.T) {
	s := startDemo(t)
	a := allowed(t, s, "5")
	s.wallet.Fail(sandbox.OpCancel, sandbox.Fault{Status: 500})
	p, err := a.alice.submit(t.Context(), a.orderURL()+"/end", nil)
	if err != nil {
		t.Fatal(err)
	}
	want(t, p.check(200, s.shop.URL, "nothing more is taken"))
	p, err = a.alice.submit(t.Context(), a.orderURL()+"/end", nil)
	if err != nil {
		t.Fatal(err)
	}
	want(t, p.check(200, s.shop.URL, "Your permission has ended"))
	want(t, a.buy("1", 0, 0, "Your permission has ended")(t.Context()))
	if n := s.wallet.Stats(); n.Cancels != 2 || n.Quotes != 1 {
		t.Errorf("the wallet saw %+v", n)
	}
}

func TestWhatIsDoneTwiceAtOnceIsPaidOnce(t *testing.T) {
	s := startDemo(t)
	t.Run("coming back", func(t *testing.T) {
		a := atConsent(t, s, "5")
		link, err := s.wallet.Approve(a.consent.url.String())
		if err != nil {
			t.Fatal(err)
		}
		want(t, a.checkBalances(130, a.twice(func(b *browser) error {
			_, err := b.open(t.Context(), link)
			return err
		}))(t.Context()))
	})
	t.Run("ordering", func(t *testing.T) {
		a := &customer{servers: s, alice: newBrowser()}
		if _, err := a.alice.open(t.Context(), s.shop.URL); err != nil {
			t.Fatal(err)
		}
		before := s.wallet.Stats().GrantRequests
		form := url.Values{"amount": {"1.30"}, "often": {"daily"}, "limit": {"5"}, "key": {"the same"}}
		want(t, a.twice(func(b *browser) error {
			p, err := b.submit(t.Context(), s.shop.URL+"/orders", form)
			if err != nil {
				return err
			}
			return p.check(200, s.walletURL, "5.00 USD")
		})(t.Context()))
		if n := s.wallet.Stats().GrantRequests - before; n != 1 {
			t.Errorf("%d grants were requested", n)
		}
	})
	t.Run("sending the form", func(t *testing.T) {
		a := allowed(t, s, "5")
		form := url.Values{"amount": {"1"}, "key": {"the same"}}
		send := func(b *browser) error {
			_, err := b.submit(t.Context(), a.orderURL()+"/coffees", form)
			return err
		}
		want(t, a.checkBalances(100, a.twice(send))(t.Context()))
		want(t, a.checkBalances(0, func(context.Context) error { return send(a.alice) })(t.Context()))
	})
}

// twice does something in two windows of Alice's browser, while her wallet is
// slow.
func (a *customer) twice(do func(*browser) error) func(context.Context) error {
	return func(context.Context) error {
		a.wallet.Fail(sandbox.OpCreateQuote, sandbox.Fault{Delay: 50 * time.Millisecond, Times: 2})
		var both sync.WaitGroup
		var errs [2]error
		for i := range errs {
			window := &browser{http: a.alice.http}
			both.Go(func() { errs[i] = do(window) })
		}
		both.Wait()
		return errors.Join(errs[:]...)
	}
}
