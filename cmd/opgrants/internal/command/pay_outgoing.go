package command

import (
	"context"
	"errors"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/consent"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// resume pays from a quote of an earlier run.
func (g *guide) resume(ctx context.Context, token string) (err error) {
	if token == "" {
		return exit.Usage.With("ACCESS_TOKEN is missing: the earlier run printed it. Set it in the environment or an --env-file.")
	}
	g.step("Read the wallet address")
	if g.payer, err = g.client.WalletAddress(ctx, g.Wallet); err != nil {
		return cli.WalletError(g.Wallet, err)
	}
	g.token, g.price, g.unsure = opclient.Secret(token), &opclient.Quote{ID: g.Quote}, true
	payment, err := g.create(ctx)
	if err != nil {
		return err
	}
	return g.follow(ctx, payment)
}

// create pays, at most once: a wallet pays once from a quote, so that it may be
// sent again.
func (g *guide) create(ctx context.Context) (payment *opclient.OutgoingPayment, err error) {
	g.step("Create the outgoing payment from the quote")
	const tries = 3
	for try := range tries {
		if try > 0 {
			g.note("Trying again, from the same quote.")
			if consent.Sleep(ctx, time.Second) != nil {
				return nil, err
			}
		}
		again := false
		if payment, again, err = g.try(ctx); payment != nil {
			return payment, g.out.OutgoingPayment(payment)
		}
		if !again {
			break
		}
	}
	return nil, err
}

// try pays, or finds what an earlier try has paid. Without a payment it says
// whether to try again.
func (g *guide) try(ctx context.Context) (payment *opclient.OutgoingPayment, again bool, err error) {
	ctx = context.WithoutCancel(ctx) // an interrupt must not hit a payment on its way
	payment, err = g.client.CreateOutgoingPayment(ctx, g.payer, g.token, opclient.OutgoingPaymentRequest{QuoteID: g.price.ID})
	switch {
	case err == nil:
		return payment, false, nil
	case errors.Is(err, opclient.ErrOutcomeUnknown):
		g.unsure, again = true, true
		g.note("No answer came, and it may have been paid: %v", err)
	case errors.Is(err, opclient.ErrInvalidQuote) && g.unsure:
		again = true // if it was paid from, the list will tell
	case errors.Is(err, opclient.ErrNotSent) && !errors.Is(err, opclient.ErrForbiddenAddress):
		again = true
		g.note("The wallet cannot be reached: %v", err)
	}
	if !g.unsure {
		return nil, again, cli.PaymentError(err)
	}
	payment, err = g.look(ctx, err)
	return payment, again, err
}

// look finds out whether there is a payment from the quote, after a try that
// ended with cause.
func (g *guide) look(ctx context.Context, cause error) (*opclient.OutgoingPayment, error) {
	g.note("Looking for it among the outgoing payments.")
	payment, err := g.client.FindOutgoingPayment(ctx, g.payer, g.token, g.price)
	switch {
	case err == nil:
		g.note("It was paid, once.")
		return payment, nil
	case !errors.Is(err, opclient.ErrNotPaid):
		return nil, g.unknown(err)
	case errors.Is(cause, opclient.ErrInvalidQuote): // so that it will not be, either
		return nil, cli.PaymentError(cause)
	}
	g.note("Nothing was paid from the quote so far.")
	return nil, g.unknown(cause)
}

// unknown says how to go on without paying twice.
func (g *guide) unknown(err error) error {
	return exit.PaymentUnknown.With("Do not begin anew: that could pay twice. Go on with `opgrants pay --quote %s --wallet %s`, and the "+
		"ACCESS_TOKEN that was printed in the environment; when the quote has expired, that tells what happened. %w", g.price.ID, g.payer.ID, err)
}
