package command

import (
	"context"
	"errors"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/environ"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Cancel is `opgrants cancel`.
type Cancel struct {
	GrantFlags `embed:""`
	Output     cli.OutputFlags `embed:""`
}

// Help is the long text of --help.
func (*Cancel) Help() string {
	return `Ends a grant in whatever state it is, and its access tokens with it. Nothing more can be paid under it.

The exit code is one of:

` + exit.Table(exit.OK, exit.Internal, exit.Usage, exit.Key, exit.KeyRefused, exit.WalletRefused, exit.WalletFailed,
		exit.OutcomeUnknown, exit.Interrupted)
}

// Run cancels the grant.
func (c *Cancel) Run(ctx context.Context, term *cli.Terminal, env *environ.Environment) error {
	out := c.Output.To(term)
	return out.End(cli.Interrupted(ctx, c.cancel(ctx, term, env)))
}

func (c *Cancel) cancel(ctx context.Context, term *cli.Terminal, env *environ.Environment) error {
	client, k, err := c.open(term, env)
	if err != nil {
		return err
	}
	err = client.Cancel(context.WithoutCancel(ctx), k)
	switch {
	case err == nil:
		term.Say("The grant is cancelled, and its access tokens with it.")
		return nil
	case opclient.HasCode(err, opclient.CodeInvalidContinuation):
		return exit.WalletRefused.With("It knows no such grant: it was ended before, here or in the wallet, or CONTINUE_ACCESS_TOKEN is another one's. %w", err)
	case errors.Is(err, opclient.ErrOutcomeUnknown):
		return exit.OutcomeUnknown.With("Cancel again: that does no harm. %w", err)
	}
	return cli.RequestError(err)
}
