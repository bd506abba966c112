package command

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/consent"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// How long and how often pay looks whether the payment has arrived.
const (
	arrivalTime  = 10 * time.Second
	arrivalPause = 500 * time.Millisecond
)

// waitForArrival returns nil only when the incoming payment has received at least
// what was expected. What the paying wallet says that it sent is not enough: money that
// it has sent may not arrive.
func (s *paySteps) waitForArrival(ctx context.Context, payment *opclient.OutgoingPayment) error {
	s.step("See whether it arrived")
	receiver, expected := payment.Receiver, payment.ReceiveAmount
	if s.incoming != nil { // not of an earlier run: we know better than the paying wallet
		receiver, expected = s.incoming.ID, s.price.ReceiveAmount
	}
	for until := time.Now().Add(arrivalTime); ; {
		// The paying wallet is asked first, so that received is what had arrived after
		// it said that the payment failed.
		sent, sentErr := s.client.OutgoingPayment(ctx, payment.ID, s.token)
		received, receivedErr := s.readReceived(ctx, receiver)
		failed := sentErr == nil && sent.Failed
		switch {
		case receivedErr == nil && isAtLeast(received, expected):
			s.note("%s arrived.", cli.FormatAmount(received))
			s.showSpent(ctx)
			return nil
		case ctx.Err() != nil:
			return exit.Interrupted.With("The payment was made. Whether it arrived is not known. %s", s.howToLookAgain())
		case failed && receivedErr == nil:
			return exit.PaymentFailed.With("%s of %s was sent, and %s of %s arrived.%s", cli.FormatAmount(sent.SentAmount),
				cli.FormatAmount(sent.DebitAmount), cli.FormatAmount(received), cli.FormatAmount(expected), failureReason(sent))
		case time.Now().After(until):
			return s.notArrived(sent, sentErr, received, expected, receivedErr)
		}
		_ = consent.Sleep(ctx, arrivalPause) // an interrupt is seen after the next look
	}
}

// readReceived reads what the incoming payment has received. With the token of
// the grant for incoming payments it reads the whole resource, else the public part.
func (s *paySteps) readReceived(ctx context.Context, id string) (opclient.Amount, error) {
	if s.receiverToken != "" {
		if incoming, err := s.client.IncomingPayment(ctx, id, s.receiverToken); err == nil {
			return incoming.ReceivedAmount, nil
		}
	}
	public, err := s.client.PublicIncomingPayment(ctx, id)
	if err != nil {
		return opclient.Amount{}, err
	}
	if public.ReceivedAmount == nil {
		return opclient.Amount{}, fmt.Errorf("%s does not say what it has received", id)
	}
	return *public.ReceivedAmount, nil
}

// isAtLeast reports whether received is in the asset of expected and not less.
func isAtLeast(received, expected opclient.Amount) bool {
	got, err1 := strconv.ParseUint(received.Value, 10, 64)
	want, err2 := strconv.ParseUint(expected.Value, 10, 64)
	return err1 == nil && err2 == nil && got >= want && cli.AssetOfAmount(received) == cli.AssetOfAmount(expected)
}

// notArrived is the error after arrivalTime. sent and received are what the wallets
// said last, if the errors beside them are nil.
func (s *paySteps) notArrived(sent *opclient.OutgoingPayment, sentErr error, received, expected opclient.Amount, receivedErr error) error {
	detail := fmt.Sprintf("The payment was made, and %s of %s has arrived so far.", cli.FormatAmount(received), cli.FormatAmount(expected))
	if receivedErr != nil {
		detail = "The payment was made. What arrived is not known, as the receiver cannot be read."
	}
	if sentErr == nil && sent.Failed {
		detail += " The paying wallet says that it failed." + failureReason(sent)
	}
	if err := errors.Join(sentErr, receivedErr); err != nil {
		return exit.PaymentUnknown.With("%s %s %w", detail, s.howToLookAgain(), err)
	}
	return exit.PaymentUnknown.With("%s %s", detail, s.howToLookAgain())
}

// howToLookAgain is the command that looks again and cannot pay twice.
func (s *paySteps) howToLookAgain() string {
	return fmt.Sprintf("Do not start a new payment: that could pay twice. Run `opgrants pay --quote %s --wallet %s` with the ACCESS_TOKEN "+
		"that was printed in the environment.", s.price.ID, s.payer.ID)
}

// failureReason is a sentence with the reason that the paying wallet gave, if any.
func failureReason(p *opclient.OutgoingPayment) string {
	reason, _ := p.Metadata["cancellationReason"].(string)
	if reason == "" {
		return ""
	}
	return fmt.Sprintf(" The paying wallet's reason: %s.", cli.QuoteForeign(reason))
}

// showSpent shows how much of the grant is spent, if the wallet says so.
func (s *paySteps) showSpent(ctx context.Context) {
	spent, err := s.client.SpentAmounts(ctx, s.payer, s.token)
	if err == nil && spent.Debit != nil {
		s.note("%s of the grant is spent.", cli.FormatAmount(*spent.Debit))
	}
}
