package demo

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// A till takes payments into the shop's wallet. Access tokens are bound to the
// key of who asked for them (RFC 9635 section 7.2): the shop signs with the same
// one as its service.
type till struct {
	client   *opclient.Client
	own      string // wallet address of the shop
	customer string // wallet address that pays
}

// How a payment may end that was begun.
var (
	errNotSent    = errors.New("the wallet did not send it")
	errNotArrived = errors.New("it has not arrived yet")
	errUnclear    = errors.New("the wallet did not say whether it pays")
)

// charge takes a price from the customer, with a token of theirs. From a quote a
// wallet pays once.
func (t *till) charge(ctx context.Context, token opclient.Secret, price cents, order string) error {
	incoming, own, err := t.expect(ctx, price, order)
	if err != nil {
		return err
	}
	customer, err := t.client.WalletAddress(ctx, t.customer)
	if err != nil {
		return err
	}
	quote, err := t.client.CreateQuote(ctx, customer, token, opclient.QuoteRequest{Receiver: incoming.ID})
	if err != nil {
		return err
	}
	payment, err := t.client.CreateOutgoingPayment(ctx, customer, token, opclient.OutgoingPaymentRequest{QuoteID: quote.ID})
	if errors.Is(err, opclient.ErrOutcomeUnknown) {
		if payment, err = t.client.FindOutgoingPayment(ctx, customer, token, quote); err != nil {
			return fmt.Errorf("%w: %w", errUnclear, err)
		}
	}
	if err != nil {
		return err
	}
	return t.arrives(ctx, incoming.ID, own, payment.ID, token)
}

// arrives looks into the shop's own wallet: what is there is paid. That the
// customer's was told to pay is not enough.
func (t *till) arrives(ctx context.Context, incoming string, own opclient.Secret, payment string, token opclient.Secret) error {
	const looks = 10
	for look := range looks {
		if look > 0 {
			time.Sleep(300 * time.Millisecond)
		}
		if expected, err := t.client.IncomingPayment(ctx, incoming, own); err == nil && expected.Completed {
			return nil
		}
		if sent, err := t.client.OutgoingPayment(ctx, payment, token); err == nil && sent.Failed {
			return errNotSent
		}
	}
	return errNotArrived
}

// expect has the shop's own wallet expect a payment, which needs nobody's
// consent. With the token the shop sees what arrives.
func (t *till) expect(ctx context.Context, price cents, order string) (*opclient.IncomingPayment, opclient.Secret, error) {
	own, err := t.client.WalletAddress(ctx, t.own)
	if err != nil {
		return nil, "", err
	}
	grant, err := t.client.RequestGrant(ctx, own.AuthServer, opclient.GrantRequest{Access: []opclient.Access{
		{Type: opclient.TypeIncomingPayment, Actions: []string{"create", "read"}, Identifier: own.ID},
	}})
	if err != nil {
		return nil, "", err
	}
	if grant.Token == nil {
		return nil, "", fmt.Errorf("%s wants consent to a payment to itself", own.AuthServer)
	}
	payment, err := t.client.CreateIncomingPayment(ctx, own, grant.Token.Value, opclient.IncomingPaymentRequest{
		IncomingAmount: &opclient.Amount{Value: price.minor(), AssetCode: own.AssetCode, AssetScale: own.AssetScale},
		Metadata:       map[string]any{"order": order},
	})
	return payment, grant.Token.Value, err
}

// spent is how much of the customer's permission is used.
func (t *till) spent(ctx context.Context, token opclient.Secret) (cents, error) {
	customer, err := t.client.WalletAddress(ctx, t.customer)
	if err != nil {
		return 0, err
	}
	spent, err := t.client.SpentAmounts(ctx, customer, token)
	if err != nil || spent.Debit == nil {
		return 0, err
	}
	n, err := strconv.ParseInt(spent.Debit.Value, 10, 64)
	return cents(n), err
}
