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

// resume pays from the quote of an earlier run, which may have paid from it.
func (s *paySteps) resume(ctx context.Context, token string) (err error) {
	if token == "" {
		return exit.Usage.With("ACCESS_TOKEN is missing: the earlier run printed it. Set it in the environment or an --env-file.")
	}
	s.step("Read the wallet address")
	if s.payer, err = s.client.WalletAddress(ctx, s.Wallet); err != nil {
		return cli.WalletError(s.Wallet, err)
	}
	s.token, s.price, s.mayBeMade = opclient.Secret(token), &opclient.Quote{ID: s.Quote}, true
	payment, err := s.create(ctx)
	if err != nil {
		return err
	}
	return s.waitForArrival(ctx, payment)
}

// create makes the payment. A wallet pays once from a quote, so that create may
// send the request again.
func (s *paySteps) create(ctx context.Context) (payment *opclient.OutgoingPayment, err error) {
	s.step("Create the outgoing payment from the quote")
	const tries = 3
	for try := range tries {
		if try > 0 {
			s.note("Trying again, from the same quote.")
			if consent.Sleep(ctx, time.Second) != nil {
				return nil, err
			}
		}
		again := false
		if payment, again, err = s.try(ctx); payment != nil {
			return payment, s.out.OutgoingPayment(payment)
		}
		if !again {
			break
		}
	}
	return nil, err
}

// try makes the payment, or finds the one that an earlier try has made. Without a
// payment, again reports whether another try makes sense.
func (s *paySteps) try(ctx context.Context) (payment *opclient.OutgoingPayment, again bool, err error) {
	ctx = context.WithoutCancel(ctx) // an interrupt must not hit a payment on its way
	payment, err = s.client.CreateOutgoingPayment(ctx, s.payer, s.token, opclient.OutgoingPaymentRequest{QuoteID: s.price.ID})
	switch {
	case err == nil:
		return payment, false, nil
	case errors.Is(err, opclient.ErrOutcomeUnknown):
		s.mayBeMade, again = true, true
		s.note("No usable answer came. The payment may have been made: %v", err)
	case errors.Is(err, opclient.ErrInvalidQuote) && s.mayBeMade:
		again = true // the list shows whether an earlier try has paid from it
	case errors.Is(err, opclient.ErrNotSent) && !errors.Is(err, opclient.ErrForbiddenAddress):
		again = true
		s.note("The request was not sent: %v", err)
	}
	if !s.mayBeMade {
		return nil, again, cli.PaymentError(err)
	}
	payment, err = s.find(ctx, err)
	return payment, again, err
}

// find looks for a payment from the quote, after a try that failed with cause.
func (s *paySteps) find(ctx context.Context, cause error) (*opclient.OutgoingPayment, error) {
	s.note("Looking for the payment in the list of outgoing payments.")
	payment, err := s.client.FindOutgoingPayment(ctx, s.payer, s.token, s.price)
	switch {
	case err == nil:
		s.note("The payment was made, once.")
		return payment, nil
	case !errors.Is(err, opclient.ErrNotPaid):
		return nil, s.unknown(err)
	case errors.Is(cause, opclient.ErrInvalidQuote): // and so it never will be
		return nil, cli.PaymentError(cause)
	}
	s.note("No payment was made from the quote so far.")
	return nil, s.unknown(cause)
}

// unknown is the error when it is not known whether the payment was made.
func (s *paySteps) unknown(err error) error {
	return exit.PaymentUnknown.With("%s When the quote has expired, that says what happened. %w", s.howToLookAgain(), err)
}
