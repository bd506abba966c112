package command

import (
	"context"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/consent"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// ask requests the grant, waits for the user and prints the token.
func (c *Request) ask(ctx context.Context, term *cli.Terminal, env *cli.Environment, out *cli.Output) error {
	if err := c.check(); err != nil {
		return err
	}
	client, err := c.Client.Open(term, env)
	if err != nil {
		return err
	}
	back, err := c.Return.Open(!c.NoWait)
	if err != nil {
		return err
	}
	defer back.Close()
	wallet, err := client.WalletAddress(ctx, c.Wallet)
	if err != nil {
		return cli.WalletError(c.Wallet, err)
	}
	limits, err := c.limits(wallet)
	if err != nil {
		return err
	}
	asked, err := consent.Ask(ctx, client, wallet.AuthServer, opclient.Access{
		Type: opclient.TypeOutgoingPayment, Actions: c.Actions, Identifier: wallet.ID, Limits: limits,
	}, back.URL, opclient.Secret(c.Nonce))
	if err != nil {
		return err
	}
	if err := out.Pending(asked.Grant); err != nil || c.NoWait {
		return err
	}
	token, err := asked.Token(ctx, term, back)
	if err != nil {
		return err
	}
	return out.Token(token)
}
