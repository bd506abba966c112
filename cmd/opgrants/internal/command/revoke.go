package command

import (
	"context"
	"errors"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/environ"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Revoke is `opgrants revoke`.
type Revoke struct {
	TokenFlags `embed:""`
	Output     cli.OutputFlags `embed:""`
}

// Help is the long text of --help.
func (*Revoke) Help() string {
	return `Ends an access token: nothing can be paid with it any more. "opgrants cancel" ends its whole grant.

The exit code is one of:

` + exit.Table(exit.OK, exit.Internal, exit.Usage, exit.Key, exit.KeyRefused, exit.WalletRefused, exit.WalletFailed,
		exit.OutcomeUnknown, exit.Interrupted)
}

// Run revokes the token.
func (c *Revoke) Run(ctx context.Context, term *cli.Terminal, env *environ.Environment) error {
	out := c.Output.To(term)
	return out.End(cli.Interrupted(ctx, c.revoke(ctx, term, env)))
}

func (c *Revoke) revoke(ctx context.Context, term *cli.Terminal, env *environ.Environment) error {
	client, token, err := c.open(term, env)
	if err != nil {
		return err
	}
	err = client.Revoke(context.WithoutCancel(ctx), token)
	switch {
	case err == nil:
		term.Say("The access token is revoked.")
		return nil
	case errors.Is(err, opclient.ErrOutcomeUnknown):
		return exit.OutcomeUnknown.With("Revoke again: that does no harm. %w", err)
	}
	return tokenError(err)
}
