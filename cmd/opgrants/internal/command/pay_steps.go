package command

import (
	"context"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/consent"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// paySteps does the steps from two wallet addresses to a payment that has arrived.
type paySteps struct {
	*Pay
	term   *cli.Terminal
	out    *cli.Output
	client *opclient.Client
	number int // of the step

	payer, receiver *opclient.WalletAddress
	debit, receive  *opclient.Amount // one of them
	incoming        *opclient.IncomingPayment
	price           *opclient.Quote
	token           opclient.Secret // for the outgoing payment
	receiverToken   opclient.Secret // for the incoming payment; "" when an earlier run made it
	mayBeMade       bool            // an earlier try may have made the payment
}

// step shows the next step.
func (s *paySteps) step(what string) {
	s.number++
	s.term.Say("%d. %s", s.number, what)
}

// note shows the result of a step.
func (s *paySteps) note(format string, args ...any) { s.term.Say("   "+format, args...) }

func (s *paySteps) run(ctx context.Context) error {
	back, err := s.Return.Open(true)
	if err != nil {
		return err
	}
	defer back.Close()
	for _, do := range []func(context.Context) error{s.readWallets, s.expect, s.askPrice} {
		if err := do(ctx); err != nil {
			return err
		}
	}
	if err := s.consent(ctx, back); err != nil {
		return err
	}
	payment, err := s.create(ctx)
	if err != nil {
		return err
	}
	return s.waitForArrival(ctx, payment)
}

// readWallets reads both wallet addresses, and the amount in the asset of one.
func (s *paySteps) readWallets(ctx context.Context) (err error) {
	s.step("Read the wallet addresses")
	if s.payer, err = s.client.WalletAddress(ctx, s.Wallet); err != nil {
		return cli.WalletError(s.Wallet, err)
	}
	if s.receiver, err = s.client.WalletAddress(ctx, s.To); err != nil {
		return cli.WalletError(s.To, err)
	}
	s.note("%s pays %s", name(s.payer), name(s.receiver))
	if s.Debit != "" {
		s.debit, err = cli.AssetOf(s.payer).Amount("--debit", s.Debit)
	} else {
		s.receive, err = cli.AssetOf(s.receiver).Amount("--receive", s.Receive)
	}
	return err
}

func name(w *opclient.WalletAddress) string {
	if w.PublicName == "" {
		return w.ID
	}
	return w.PublicName + " (" + w.ID + ")"
}

// expect creates the incoming payment at the receiver's wallet.
func (s *paySteps) expect(ctx context.Context) error {
	token, err := s.requestToken(ctx, "Get a grant for an incoming payment", s.receiver, opclient.Access{
		Type: opclient.TypeIncomingPayment, Actions: []string{"create", "read"}, Identifier: s.receiver.ID,
	})
	if err != nil {
		return err
	}
	s.receiverToken = token
	s.step("Create the incoming payment")
	s.incoming, err = s.client.CreateIncomingPayment(ctx, s.receiver, token, opclient.IncomingPaymentRequest{IncomingAmount: s.receive})
	if err != nil {
		return cli.PaymentError(err)
	}
	return s.out.IncomingPayment(s.incoming.ID)
}

// askPrice creates the quote at the payer's wallet.
func (s *paySteps) askPrice(ctx context.Context) error {
	token, err := s.requestToken(ctx, "Get a grant for a quote", s.payer, opclient.Access{
		Type: opclient.TypeQuote, Actions: []string{"create", "read"},
	})
	if err != nil {
		return err
	}
	s.step("Create the quote")
	// Without an amount of its own it is what the incoming payment asks for.
	s.price, err = s.client.CreateQuote(ctx, s.payer, token, opclient.QuoteRequest{Receiver: s.incoming.ID, DebitAmount: s.debit})
	if err != nil {
		return cli.PaymentError(err)
	}
	if err := s.checkQuote(); err != nil {
		return err
	}
	s.note("%s leaves, %s arrives", cli.FormatAmount(s.price.DebitAmount), cli.FormatAmount(s.price.ReceiveAmount))
	return s.out.Quote(s.price)
}

// checkQuote refuses a quote for another payment than the one that was asked for.
func (s *paySteps) checkQuote() error {
	q := s.price
	switch {
	case q.Receiver != s.incoming.ID,
		cli.AssetOfAmount(q.DebitAmount) != cli.AssetOf(s.payer),
		cli.AssetOfAmount(q.ReceiveAmount) != cli.AssetOf(s.receiver),
		s.debit != nil && q.DebitAmount != *s.debit,
		s.receive != nil && !isAtLeast(q.ReceiveAmount, *s.receive):
		return exit.WalletFailed.With("The quote is for another payment than the one that was asked for: %s leaves, %s arrives at %s.",
			cli.FormatAmount(q.DebitAmount), cli.FormatAmount(q.ReceiveAmount), q.Receiver)
	}
	return nil
}

// requestToken gets an access token that needs no consent.
func (s *paySteps) requestToken(ctx context.Context, what string, wallet *opclient.WalletAddress, access opclient.Access) (opclient.Secret, error) {
	s.step(what)
	grant, err := s.client.RequestGrant(ctx, wallet.AuthServer, opclient.GrantRequest{Access: []opclient.Access{access}})
	switch {
	case err != nil:
		return "", cli.RequestError(err)
	case grant.Token == nil:
		return "", exit.WalletRefused.With("%s wants somebody's consent to this, which this command does not ask for.", wallet.AuthServer)
	}
	return grant.Token.Value, nil
}

// consent asks the payer for a grant for this payment alone. The action list is
// needed to find the payment if its answer is lost.
func (s *paySteps) consent(ctx context.Context, back *consent.Return) error {
	s.step("Ask the payer for a grant for the outgoing payment")
	asked, err := consent.Ask(ctx, s.client, s.payer.AuthServer, opclient.Access{
		Type: opclient.TypeOutgoingPayment, Actions: []string{"create", "read", "list"}, Identifier: s.payer.ID,
		Limits: &opclient.Limits{DebitAmount: &s.price.DebitAmount, Receiver: s.incoming.ID},
	}, back.URL, "")
	if err != nil {
		return err
	}
	if err := s.out.Pending(asked.Grant); err != nil {
		return err
	}
	s.step("Wait for the payer, and continue the grant")
	token, err := asked.Token(ctx, s.term, back)
	if err != nil {
		return err
	}
	s.token = token.Value
	return s.out.Token(token)
}
