package demo

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// payments makes payments into the shop's wallet. Access tokens are bound to the key
// of the client that asked for them (RFC 9635 section 7.2), so that the shop signs
// with the same key as the service.
type payments struct {
	client   *opclient.Client
	own      string // wallet address of the shop
	customer string // wallet address that pays
}

// Why a payment that was started has not arrived.
var (
	errNotSent    = errors.New("the wallet did not send it")
	errNotArrived = errors.New("it has not arrived yet")
	errUnclear    = errors.New("the wallet did not say whether it pays")
)

// charge makes a payment from the customer to the shop, with the customer's token,
// and returns nil once it has arrived. A wallet pays once from a quote.
func (p *payments) charge(ctx context.Context, token opclient.Secret, price cents, order string) error {
	incoming, own, err := p.createIncomingPayment(ctx, price, order)
	if err != nil {
		return err
	}
	customer, err := p.client.WalletAddress(ctx, p.customer)
	if err != nil {
		return err
	}
	quote, err := p.client.CreateQuote(ctx, customer, token, opclient.QuoteRequest{Receiver: incoming.ID})
	if err != nil {
		return err
	}
	payment, err := p.client.CreateOutgoingPayment(ctx, customer, token, opclient.OutgoingPaymentRequest{QuoteID: quote.ID})
	if errors.Is(err, opclient.ErrOutcomeUnknown) {
		if payment, err = p.client.FindOutgoingPayment(ctx, customer, token, quote); err != nil {
			return fmt.Errorf("%w: %w", errUnclear, err)
		}
	}
	if err != nil {
		return err
	}
	return p.waitForArrival(ctx, incoming.ID, own, price, payment.ID, token)
}

// waitForArrival reads the shop's own wallet until the price is there, because money
// that the customer's wallet has sent may not arrive. That wallet is asked first, so
// that what is read has arrived after it said that the payment failed.
func (p *payments) waitForArrival(ctx context.Context, incoming string, own opclient.Secret, price cents, payment string, token opclient.Secret) error {
	const looks = 10
	for look := range looks {
		if look > 0 {
			time.Sleep(300 * time.Millisecond)
		}
		sent, sentErr := p.client.OutgoingPayment(ctx, payment, token)
		received, err := p.client.IncomingPayment(ctx, incoming, own)
		switch {
		case err == nil && isAtLeast(received.ReceivedAmount, price):
			return nil
		case err == nil && sentErr == nil && sent.Failed:
			return errNotSent
		}
	}
	return errNotArrived
}

func isAtLeast(received opclient.Amount, price cents) bool {
	n, err := strconv.ParseInt(received.Value, 10, 64)
	return err == nil && cents(n) >= price
}

// createIncomingPayment creates an incoming payment at the shop's own wallet, which
// needs nobody's consent. With the token that it returns the shop reads what arrives.
func (p *payments) createIncomingPayment(ctx context.Context, price cents, order string) (*opclient.IncomingPayment, opclient.Secret, error) {
	own, err := p.client.WalletAddress(ctx, p.own)
	if err != nil {
		return nil, "", err
	}
	grant, err := p.client.RequestGrant(ctx, own.AuthServer, opclient.GrantRequest{Access: []opclient.Access{
		{Type: opclient.TypeIncomingPayment, Actions: []string{"create", "read"}, Identifier: own.ID},
	}})
	if err != nil {
		return nil, "", err
	}
	if grant.Token == nil {
		return nil, "", fmt.Errorf("%s asks for consent to a payment to its own client", own.AuthServer)
	}
	payment, err := p.client.CreateIncomingPayment(ctx, own, grant.Token.Value, opclient.IncomingPaymentRequest{
		IncomingAmount: &opclient.Amount{Value: price.minor(), AssetCode: own.AssetCode, AssetScale: own.AssetScale},
		Metadata:       map[string]any{"order": order},
	})
	return payment, grant.Token.Value, err
}

// readSpent reads how much of the customer's permission is used.
func (p *payments) readSpent(ctx context.Context, token opclient.Secret) (cents, error) {
	customer, err := p.client.WalletAddress(ctx, p.customer)
	if err != nil {
		return 0, err
	}
	spent, err := p.client.SpentAmounts(ctx, customer, token)
	if err != nil || spent.Debit == nil {
		return 0, err
	}
	n, err := strconv.ParseInt(spent.Debit.Value, 10, 64)
	return cents(n), err
}
