package signingkey

import (
	"context"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// The calls of a wallet's resource server. It verifies the signature before it does
// anything, so that a call whose key it refuses is sent again with one that has changed.
// Only CreateOutgoingPayment is not.

// OwnAddress returns the wallet address of the key, as the key's source spells it.
func (c *Client) OwnAddress(ctx context.Context) (string, error) {
	s, err := c.keys.get(ctx)
	if err != nil {
		return "", err
	}
	return s.key.WalletAddress, nil
}

// CreateIncomingPayment makes an incoming payment.
func (c *Client) CreateIncomingPayment(ctx context.Context, wallet *opclient.WalletAddress, token opclient.Secret, r opclient.IncomingPaymentRequest) (*opclient.IncomingPayment, error) {
	return call(ctx, c.keys, func(o *opclient.Client) (*opclient.IncomingPayment, error) {
		return o.CreateIncomingPayment(ctx, wallet, token, r)
	})
}

// PublicIncomingPayment reads what everybody may know of an incoming payment,
// which needs no key.
func (c *Client) PublicIncomingPayment(ctx context.Context, id string) (*opclient.PublicIncomingPayment, error) {
	if err := CheckDeadline(ctx); err != nil {
		return nil, notSent(err)
	}
	return c.base.PublicIncomingPayment(ctx, id)
}

// IncomingPayment reads an incoming payment.
func (c *Client) IncomingPayment(ctx context.Context, id string, token opclient.Secret) (*opclient.IncomingPayment, error) {
	return call(ctx, c.keys, func(o *opclient.Client) (*opclient.IncomingPayment, error) { return o.IncomingPayment(ctx, id, token) })
}

// CompleteIncomingPayment says that no more is expected.
func (c *Client) CompleteIncomingPayment(ctx context.Context, id string, token opclient.Secret) (*opclient.IncomingPayment, error) {
	return call(ctx, c.keys, func(o *opclient.Client) (*opclient.IncomingPayment, error) {
		return o.CompleteIncomingPayment(ctx, id, token)
	})
}

// CreateQuote asks what a payment would cost.
func (c *Client) CreateQuote(ctx context.Context, wallet *opclient.WalletAddress, token opclient.Secret, r opclient.QuoteRequest) (*opclient.Quote, error) {
	return call(ctx, c.keys, func(o *opclient.Client) (*opclient.Quote, error) { return o.CreateQuote(ctx, wallet, token, r) })
}

// CreateOutgoingPayment pays. It sends one request at most.
func (c *Client) CreateOutgoingPayment(ctx context.Context, wallet *opclient.WalletAddress, token opclient.Secret, r opclient.OutgoingPaymentRequest) (*opclient.OutgoingPayment, error) {
	return callOnce(ctx, c.keys, func(o *opclient.Client) (*opclient.OutgoingPayment, error) {
		return o.CreateOutgoingPayment(ctx, wallet, token, r)
	})
}

// OutgoingPayment reads an outgoing payment.
func (c *Client) OutgoingPayment(ctx context.Context, id string, token opclient.Secret) (*opclient.OutgoingPayment, error) {
	return call(ctx, c.keys, func(o *opclient.Client) (*opclient.OutgoingPayment, error) { return o.OutgoingPayment(ctx, id, token) })
}

// FindOutgoingPayment looks for the payment that was made from a quote.
func (c *Client) FindOutgoingPayment(ctx context.Context, wallet *opclient.WalletAddress, token opclient.Secret, quote *opclient.Quote) (*opclient.OutgoingPayment, error) {
	return call(ctx, c.keys, func(o *opclient.Client) (*opclient.OutgoingPayment, error) {
		return o.FindOutgoingPayment(ctx, wallet, token, quote)
	})
}

// SpentAmounts reads what was paid under the grant of a token.
func (c *Client) SpentAmounts(ctx context.Context, wallet *opclient.WalletAddress, token opclient.Secret) (*opclient.SpentAmounts, error) {
	return call(ctx, c.keys, func(o *opclient.Client) (*opclient.SpentAmounts, error) { return o.SpentAmounts(ctx, wallet, token) })
}
