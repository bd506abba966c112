package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/demo/shop"
)

// A customer does the steps of the demonstration that runs by itself.
type customer struct {
	*servers
	alice, stranger *browser
	consent         *page
	reason          string // why a coffee was not paid
}

func (a *customer) steps() []step {
	// A service elsewhere has the real time: after a day, what it creates for a checkout
	// has expired already at the wallet.
	last := a.order("0.05", "")
	if a.remote {
		last = a.order("0.05", "1")
	}
	return []step{
		{"Alice orders a coffee for 1.30 USD, and is sent to her wallet.", a.order("1.30", "")},
		{"She allows it, and comes back to the shop, which has its money.", a.allow(130, "Thank you", "1.30 USD")},
		{"A stranger opens the link by which she came back: the shop refuses him.", a.openStolenLink},
		{"She reloads the wallet's link to the service: nothing is requested or paid twice.", a.reloadLink},
		{"She orders one for 2 USD, with a permission for up to 5 USD a day, and is sent to her wallet.", a.order("2", "5")},
		{"She allows it, and the first coffee is paid.", a.allow(200, "Thank you", "3.00 USD left")},
		{"Ten minutes later the token has expired. She buys another coffee: nobody asks her, and the service rotates the token.",
			a.afterTime(10*time.Minute, a.buy("1.50", 150, 1, "Thank you", "1.50 USD left"))},
		{"She wants one for 4 USD. That is too much for this day: her wallet refuses it, and the shop says why.",
			a.buy("4", 0, 0, "4.00 USD was not paid", "1.50 USD is left", "1.50 USD left")},
		{"A day later she wants it again: it is paid.", a.afterTime(24*time.Hour, a.buy("4", 400, 1, "Thank you", "1.00 USD left"))},
		{"She ends the permission: the token does not work at her wallet any more.", a.end},
		{"She orders one more coffee, and is sent to her wallet.", last},
		{"She refuses it, and nothing is paid.", a.refuse},
	}
}

// order sends the shop's order form: for one coffee, or with a limit a day for more.
func (a *customer) order(amount, limit string) func(context.Context) error {
	return func(ctx context.Context) (err error) {
		a.consent, err = a.orderAs(ctx, a.alice, amount, limit)
		return err
	}
}

func (a *customer) orderAs(ctx context.Context, who *browser, amount, limit string) (consent *page, err error) {
	front, err := who.open(ctx, a.shop.URL)
	if err != nil {
		return nil, err
	}
	if err := front.check(200, a.shop.URL, "How much"); err != nil {
		return nil, err
	}
	form, asked := url.Values{"amount": {amount}, "often": {"once"}}, amount
	if limit != "" {
		form, asked = url.Values{"amount": {amount}, "often": {"daily"}, "limit": {limit}}, limit
	}
	consent, err = who.submit(ctx, a.shop.URL+"/orders", form)
	if err != nil {
		return nil, err
	}
	return consent, consent.check(200, a.walletURL, shop.Name, inUSD(asked))
}

// inUSD is an amount as pages show it: 5.00 USD for 5.
func inUSD(amount string) string {
	n, _ := strconv.ParseFloat(amount, 64) // of the steps
	return fmt.Sprintf("%.2f USD", n)
}

func (a *customer) choose(ctx context.Context, choice string) (*page, error) {
	return a.alice.submit(ctx, a.consent.url.String(), url.Values{"choice": {choice}})
}

func (a *customer) allow(pays int64, shows ...string) func(context.Context) error {
	return a.checkBalances(pays, func(ctx context.Context) error {
		end, err := a.choose(ctx, "accept")
		if err != nil {
			return err
		}
		return end.check(200, a.shop.URL, shows...)
	})
}

// checkBalances checks how much do moves from the customer's wallet to the shop's.
func (a *customer) checkBalances(want int64, do func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		alice, own, err := a.balances()
		if err != nil {
			return err
		}
		if err := do(ctx); err != nil {
			return err
		}
		nowAlice, nowShop, err := a.balances()
		if err != nil {
			return err
		}
		if alice-nowAlice != want || nowShop-own != want {
			return fmt.Errorf("%d cents left Alice's wallet and %d arrived in the shop's, not %d", alice-nowAlice, nowShop-own, want)
		}
		return nil
	}
}

func (a *customer) balances() (alice, own int64, err error) {
	a1, err1 := a.wallet.Balance(a.addresses.customer)
	s1, err2 := a.wallet.Balance(a.addresses.shop)
	return int64(a1), int64(s1), errors.Join(err1, err2) //nolint:gosec // a thousand dollars
}

// afterTime puts the clock forward before it calls do.
func (a *customer) afterTime(by time.Duration, do func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		a.clock.Skip(by)
		return do(ctx)
	}
}

// buy buys one more coffee within the permission.
func (a *customer) buy(amount string, pays int64, rotations int, shows ...string) func(context.Context) error {
	return a.checkBalances(pays, func(ctx context.Context) error {
		before := a.wallet.Stats()
		end, err := a.alice.submit(ctx, a.orderURL()+"/coffees", url.Values{"amount": {amount}, "key": {rand.Text()}})
		if err != nil {
			return err
		}
		now := a.wallet.Stats()
		if n := now.Rotations - before.Rotations; n != rotations {
			return fmt.Errorf("the token was rotated %d times, not %d", n, rotations)
		}
		if now.Continues != before.Continues {
			return errors.New("she was asked again")
		}
		if _, text, found := strings.Cut(end.text, "not paid</h1>\n<p>"); found {
			a.reason, _, _ = strings.Cut(text, "</p>")
		}
		return end.check(200, a.shop.URL, shows...)
	})
}

// orderURL is the URL of the last order that was finished.
func (a *customer) orderURL() string {
	link, _ := a.alice.last(a.shop.URL + "/orders/") // "" leads nowhere
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	parts := strings.Split(u.Path, "/")
	return a.shop.URL + strings.Join(parts[:min(3, len(parts))], "/")
}

func (a *customer) end(ctx context.Context) error {
	tokens := a.wallet.Stats().LiveTokens
	end, err := a.alice.submit(ctx, a.orderURL()+"/end", nil)
	if err != nil {
		return err
	}
	if now := a.wallet.Stats().LiveTokens; now != tokens-1 {
		return fmt.Errorf("the wallet has %d tokens that work, not %d", now, tokens-1)
	}
	return end.check(200, a.shop.URL, "Your permission has ended")
}

func (a *customer) refuse(ctx context.Context) error {
	return a.checkBalances(0, func(ctx context.Context) error {
		tokens := a.wallet.Stats().TokensIssued
		end, err := a.choose(ctx, "reject")
		if err != nil {
			return err
		}
		if now := a.wallet.Stats().TokensIssued; now != tokens {
			return errors.New("the wallet gave a token")
		}
		return end.check(200, a.shop.URL, "No coffee then")
	})(ctx)
}

func (a *customer) openStolenLink(ctx context.Context) error {
	link, err := a.alice.last(a.shop.URL + shop.ReturnPath)
	if err != nil {
		return err
	}
	end, err := a.stranger.open(ctx, link)
	if err != nil {
		return err
	}
	return end.check(403, a.shop.URL, "Not your order")
}

func (a *customer) reloadLink(ctx context.Context) error {
	return a.checkBalances(0, func(ctx context.Context) error {
		link, err := a.alice.last(a.serviceURL)
		if err != nil {
			return err
		}
		before := a.wallet.Stats()
		end, err := a.alice.open(ctx, link)
		if err != nil {
			return err
		}
		if now := a.wallet.Stats(); now.Continues != before.Continues || now.TokensIssued != before.TokensIssued {
			return errors.New("the grant was continued again")
		}
		return end.check(200, a.shop.URL, "Thank you")
	})(ctx)
}
