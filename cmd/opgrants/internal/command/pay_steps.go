package command

import (
	"context"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/consent"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// A guide is the way from two wallet addresses to a payment.
type guide struct {
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
	unsure          bool            // whether the payment was made, before it is looked for
}

// step shows what is done next.
func (g *guide) step(what string) {
	g.number++
	g.term.Say("%d. %s", g.number, what)
}

// note shows what came of it.
func (g *guide) note(format string, args ...any) { g.term.Say("   "+format, args...) }

func (g *guide) run(ctx context.Context) error {
	back, err := g.Return.Open(true)
	if err != nil {
		return err
	}
	defer back.Close()
	for _, do := range []func(context.Context) error{g.readWallets, g.expect, g.askPrice} {
		if err := do(ctx); err != nil {
			return err
		}
	}
	if err := g.consent(ctx, back); err != nil {
		return err
	}
	payment, err := g.create(ctx)
	if err != nil {
		return err
	}
	return g.follow(ctx, payment)
}

// readWallets reads who pays whom, and the amount in their assets.
func (g *guide) readWallets(ctx context.Context) (err error) {
	g.step("Read the wallet addresses")
	if g.payer, err = g.client.WalletAddress(ctx, g.Wallet); err != nil {
		return cli.WalletError(g.Wallet, err)
	}
	if g.receiver, err = g.client.WalletAddress(ctx, g.To); err != nil {
		return cli.WalletError(g.To, err)
	}
	g.note("%s pays %s", name(g.payer), name(g.receiver))
	if g.Debit != "" {
		g.debit, err = cli.AssetOf(g.payer).Amount("--debit", g.Debit)
	} else {
		g.receive, err = cli.AssetOf(g.receiver).Amount("--receive", g.Receive)
	}
	return err
}

func name(w *opclient.WalletAddress) string {
	if w.PublicName == "" {
		return w.ID
	}
	return w.PublicName + " (" + w.ID + ")"
}

// expect has the receiver's wallet expect a payment.
func (g *guide) expect(ctx context.Context) error {
	token, err := g.silently(ctx, "Get a grant for an incoming payment", g.receiver, opclient.Access{
		Type: opclient.TypeIncomingPayment, Actions: []string{"create", "read"}, Identifier: g.receiver.ID,
	})
	if err != nil {
		return err
	}
	g.step("Create the incoming payment")
	g.incoming, err = g.client.CreateIncomingPayment(ctx, g.receiver, token, opclient.IncomingPaymentRequest{IncomingAmount: g.receive})
	if err != nil {
		return cli.PaymentError(err)
	}
	return g.out.IncomingPayment(g.incoming.ID)
}

// askPrice asks the payer's wallet what it costs.
func (g *guide) askPrice(ctx context.Context) error {
	token, err := g.silently(ctx, "Get a grant for a quote", g.payer, opclient.Access{
		Type: opclient.TypeQuote, Actions: []string{"create", "read"},
	})
	if err != nil {
		return err
	}
	g.step("Create the quote")
	// Without an amount of its own it is what the incoming payment asks for.
	g.price, err = g.client.CreateQuote(ctx, g.payer, token, opclient.QuoteRequest{Receiver: g.incoming.ID, DebitAmount: g.debit})
	if err != nil {
		return cli.PaymentError(err)
	}
	g.note("%s leaves, %s arrives", cli.FormatAmount(g.price.DebitAmount), cli.FormatAmount(g.price.ReceiveAmount))
	return g.out.Quote(g.price)
}

// silently gets a token that needs no consent.
func (g *guide) silently(ctx context.Context, what string, wallet *opclient.WalletAddress, access opclient.Access) (opclient.Secret, error) {
	g.step(what)
	grant, err := g.client.RequestGrant(ctx, wallet.AuthServer, opclient.GrantRequest{Access: []opclient.Access{access}})
	switch {
	case err != nil:
		return "", cli.RequestError(err)
	case grant.Token == nil:
		return "", exit.WalletRefused.With("%s wants somebody's consent to this, which this command does not ask for.", wallet.AuthServer)
	}
	return grant.Token.Value, nil
}

// consent asks the payer for just this payment. To list is to find it, should no
// answer come.
func (g *guide) consent(ctx context.Context, back *consent.Return) error {
	g.step("Ask the payer for a grant for the outgoing payment")
	asked, err := consent.Ask(ctx, g.client, g.payer.AuthServer, opclient.Access{
		Type: opclient.TypeOutgoingPayment, Actions: []string{"create", "read", "list"}, Identifier: g.payer.ID,
		Limits: &opclient.Limits{DebitAmount: &g.price.DebitAmount, Receiver: g.incoming.ID},
	}, back.URL, "")
	if err != nil {
		return err
	}
	if err := g.out.Pending(asked.Grant); err != nil {
		return err
	}
	g.step("Wait for the payer, and continue the grant")
	token, err := asked.Token(ctx, g.term, back)
	if err != nil {
		return err
	}
	g.token = token.Value
	return g.out.Token(token)
}
