package sandbox_test

import (
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

func TestTheAmountOfAGrantIsForAllItsPayments(t *testing.T) {
	euros := func(value string) m { return m{"value": value, "assetCode": "EUR", "assetScale": 2} }
	for _, c := range []struct {
		name   string
		limits m
		values []string // paid one after the other
		status []int
	}{
		{"no limits", m{}, []string{"90000", "1"}, []int{201, 201}},
		{"all at once", m{"debitAmount": usd("500")}, []string{"500", "1"}, []int{201, 403}},
		{"more at once", m{"debitAmount": usd("500")}, []string{"501", "500"}, []int{403, 201}},
		{"bit by bit", m{"debitAmount": usd("500")}, []string{"300", "201", "199", "2", "1", "1"}, []int{201, 403, 201, 403, 201, 403}},
		{"what is received", m{"receiveAmount": usd("500")}, []string{"300", "201", "200", "1"}, []int{201, 403, 201, 403}},
		{"another asset, sent", m{"debitAmount": euros("500")}, []string{"1"}, []int{403}},
		{"another asset, received", m{"receiveAmount": euros("500")}, []string{"1"}, []int{403}},
		{"another scale", m{"debitAmount": m{"value": "500", "assetCode": "USD", "assetScale": 0}}, []string{"1"}, []int{403}},
		{"less than nothing", m{"debitAmount": usd("-1")}, []string{"1"}, []int{403}},
		{"nothing", m{"debitAmount": usd("0")}, []string{"1"}, []int{403}},
		{"more than 64 bits", m{"debitAmount": usd("18446744073709551616")}, []string{"100000"}, []int{201}},
		{"what is no number", m{"debitAmount": usd("a lot")}, []string{"1"}, []int{500}},
		{"a point", m{"receiveAmount": usd("1.5")}, []string{"1"}, []int{500}},
		{"what is no amount", m{"debitAmount": "500"}, []string{"1"}, []int{500}},
		{"no value", m{"receiveAmount": m{"assetCode": "USD", "assetScale": 2}}, []string{"1"}, []int{500}},
		{"no scale", m{"debitAmount": m{"value": "500", "assetCode": "USD"}}, []string{"1"}, []int{500}},
		{"null", m{"debitAmount": nil}, []string{"1000"}, []int{201}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPayer(t, sandbox.Config{}, c.limits)
			for i, value := range c.values {
				if r := p.buy(value); r.status != c.status[i] || r.status == 403 && r.Error.Description != "unauthorized" {
					t.Errorf("payment %d, of %s: %d %s, want %d", i, value, r.status, r.text, c.status[i])
				}
			}
		})
	}
}

func TestARefusedPaymentLeavesItsQuoteAndTheMoney(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, m{"debitAmount": usd("500")})
	quote := p.quote(p.invoice("501").ID, nil)
	p.pay(quote).is(t, 403, "unauthorized")
	p.balances(100_000, 100_000)
	if all, _ := p.OutgoingPayments(p.alice); len(all) != 0 {
		t.Errorf("%+v", all)
	}
	p.payToken = p.consented(nil)
	p.pay(quote).is(t, 403, "unauthorized")
	p.payToken = p.consented(m{"debitAmount": usd("501")})
	p.pay(quote).is(t, 201, "")
}

// A fee counts to what is sent, not to what is received.
func TestAFeeCountsToTheDebitAmount(t *testing.T) {
	fee := sandbox.Config{Fee: sandbox.Fee{Fixed: 10}}
	sends := newPayer(t, fee, m{"debitAmount": usd("109")})
	sends.buy("100").is(t, 403, "unauthorized")
	sends.buy("99").is(t, 201, "")
	receives := newPayer(t, fee, m{"receiveAmount": usd("100")})
	receives.buy("100").is(t, 201, "")
	receives.balances(100_000-110, 100_000+100)
}

func TestAReceiverIsTheOnlyOne(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	mine, other := p.invoice("10"), p.invoice("10")
	p.payToken = p.consented(m{"receiver": mine.ID})
	p.pay(p.quote(other.ID, nil)).is(t, 403, "unauthorized")
	p.pay(p.quote(mine.ID, nil)).is(t, 201, "")
}

func TestAnAmountComesBackWithEachInterval(t *testing.T) {
	p := newPayer(t, sandbox.Config{TokenLife: 1000 * time.Hour}, m{"debitAmount": usd("500"), "interval": "R/2026-08-01T08:00:00Z/P1D"})
	spent := func(want uint64) {
		t.Helper()
		r := p.read(p.payToken, p.at("/outgoing-payment-grant"))
		if r.SpentDebitAmount == nil || r.SpentDebitAmount.Value != want || r.SpentReceiveAmount.Value != want {
			t.Errorf("%s, want %d", r.text, want)
		}
	}
	p.buy("400").is(t, 201, "")
	p.buy("101").is(t, 403, "unauthorized")
	spent(400)
	p.clock.move(20*time.Hour - time.Millisecond) // to 08:00
	p.buy("101").is(t, 403, "unauthorized")
	p.clock.move(time.Millisecond)
	spent(0)
	p.buy("101").is(t, 201, "")
	spent(101)
	p.buy("400").is(t, 403, "unauthorized")
	p.buy("399").is(t, 201, "")
	spent(500)
	p.clock.move(-10 * time.Hour)
	p.buy("1").is(t, 500, "invalid interval") // a clock that goes back does not restore it
}

func TestOutsideOfItsIntervalsAGrantAllowsNothing(t *testing.T) {
	for interval, status := range map[string]int{ // it is 2026-08-17T12:00:00Z
		"R/2026-08-17T12:00:00Z/P1D":      201,
		"R/2026-08-17T12:00:01Z/P1D":      403,
		"R0/2026-08-17T00:00:00Z/P1D":     201,
		"R0/2026-08-16T00:00:00Z/P1D":     403,
		"R1/2026-08-16T00:00:00Z/P1D":     201,
		"R/P1M/2026-08-17T12:00:01Z":      201,
		"R/P1M/2026-08-17T12:00:00Z":      403,
		"every month":                     500,
		"R/2026-08-17T12:00:00Z":          500,
		"R/2026-08-17/tomorrow":           500,
		"R-2/2026-08-17T12:00:00Z/P1D":    500,
		"":                                201,
		"R/2026-08-17T00:00:00Z/P1D/next": 500,
	} {
		t.Run(interval, func(t *testing.T) {
			for name, limits := range map[string]m{"with an amount": {"debitAmount": usd("1"), "interval": interval}, "without": {"interval": interval}} {
				if r := newPayer(t, sandbox.Config{}, limits).buy("1"); r.status != status {
					t.Errorf("%s: %d %s, want %d", name, r.status, r.text, status)
				}
			}
		})
	}
}

// The reference implementation leaves the payment that is created out of what it
// tells of the grant.
func TestWhatWasSpentIsTold(t *testing.T) {
	p := newPayer(t, sandbox.Config{Fee: sandbox.Fee{Fixed: 1}}, m{"debitAmount": usd("500")})
	spent := func() *result { return p.read(p.payToken, p.at("/outgoing-payment-grant")) }
	if r := spent(); r.text != `{"spentReceiveAmount":null,"spentDebitAmount":null}`+"\n" {
		t.Errorf("%s", r.text)
	}
	for i := range uint64(3) {
		r := p.buy("100")
		if r.GrantSpentDebitAmount.Value != i*101 || r.GrantSpentReceiveAmount.Value != i*100 || r.GrantSpentDebitAmount.AssetCode != "USD" {
			t.Errorf("%s", r.text)
		}
	}
	if r := spent(); *r.SpentDebitAmount != (sandbox.Amount{Value: 303, AssetCode: "USD", AssetScale: 2}) || r.SpentReceiveAmount.Value != 300 {
		t.Errorf("%s", r.text)
	}
}

func TestAGrantWithoutAnAmountTellsOnlyWhenAsked(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, m{})
	p.buy("100")
	if r := p.buy("100"); r.GrantSpentDebitAmount.Value != 0 || r.GrantSpentReceiveAmount.Value != 0 {
		t.Errorf("%s", r.text)
	}
	if r := p.read(p.payToken, p.at("/outgoing-payment-grant")); r.SpentDebitAmount.Value != 200 {
		t.Errorf("%s", r.text)
	}
}

func TestSpentAmountsOutsideOfTheIntervalsAreNull(t *testing.T) {
	p := newPayer(t, sandbox.Config{TokenLife: 1000 * time.Hour}, m{"debitAmount": usd("500"), "interval": "R0/2026-08-17T00:00:00Z/P1D"})
	p.buy("100").is(t, 201, "")
	p.clock.move(12 * time.Hour)
	if r := p.read(p.payToken, p.at("/outgoing-payment-grant")); r.status != 200 || r.SpentDebitAmount != nil || r.SpentReceiveAmount != nil {
		t.Errorf("%s", r.text)
	}
}

// All tokens of a grant draw on the same amount.
func TestARotatedTokenHasNoNewAmount(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	_, token, _ := p.issued()
	p.payToken = token.AccessToken.Value
	p.buy("300").is(t, 201, "")
	p.payToken = p.rotate(token).AccessToken.Value
	p.buy("201").is(t, 403, "unauthorized")
	p.buy("200").is(t, 201, "")
}

// Each access item has an amount of its own.
func TestTwoWalletsInOneGrant(t *testing.T) {
	p := newPayer(t, sandbox.Config{}, nil)
	bob := p.wallet(sandbox.Wallet{Name: "bob"})
	second := p.outgoing(nil)
	second["identifier"] = bob
	p.payToken = p.given(p.outgoing(nil), second)
	p.buy("500").is(t, 201, "")
	p.buy("1").is(t, 403, "unauthorized")
	r := p.post(p.payToken, "/outgoing-payments", m{"walletAddress": bob, "incomingPayment": p.invoice("").ID, "debitAmount": usd("500")})
	r.is(t, 201, "")
}
