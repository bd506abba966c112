package command

import (
	"context"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/consent"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// How long, and how often, it is looked whether the payment was sent.
const (
	followFor  = 10 * time.Second
	followEach = time.Second
)

// follow looks how far the payment is. That it was made is certain by now, so
// that what cannot be seen is said, and no failure.
func (g *guide) follow(ctx context.Context, p *opclient.OutgoingPayment) error {
	g.step("See whether it arrived")
	for until := time.Now().Add(followFor); ctx.Err() == nil; {
		now, err := g.client.OutgoingPayment(ctx, p.ID, g.token)
		if err != nil {
			g.note("That cannot be seen: %v", err)
			return nil
		}
		arrived := g.arrived(ctx, now)
		switch {
		case now.Failed:
			return exit.PaymentFailed.With("%s of %s was sent. Nothing more will be.", cli.FormatAmount(now.SentAmount), cli.FormatAmount(now.DebitAmount))
		case arrived:
			g.note("%s arrived.", cli.FormatAmount(now.ReceiveAmount))
			g.spent(ctx)
			return nil
		case time.Now().After(until):
			g.note("It is on its way: %s of %s was sent so far.", cli.FormatAmount(now.SentAmount), cli.FormatAmount(now.DebitAmount))
			return nil
		}
		_ = consent.Sleep(ctx, followEach) // an interrupt ends the loop
	}
	return nil
}

// arrived: the receiver knows best, but need not tell everybody.
func (g *guide) arrived(ctx context.Context, p *opclient.OutgoingPayment) bool {
	if p.SentAmount == p.DebitAmount {
		return true
	}
	public, err := g.client.PublicIncomingPayment(ctx, p.Receiver)
	return err == nil && public.ReceivedAmount != nil && *public.ReceivedAmount == p.ReceiveAmount
}

// spent shows what the grant has paid.
func (g *guide) spent(ctx context.Context) {
	spent, err := g.client.SpentAmounts(ctx, g.payer, g.token)
	if err == nil && spent.Debit != nil {
		g.note("%s of the grant is spent.", cli.FormatAmount(*spent.Debit))
	}
}
