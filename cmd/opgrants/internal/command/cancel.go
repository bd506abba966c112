package command

import (
	"context"
	"errors"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
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
	return `Ends a grant in any state, and its access tokens with it. Nothing more can be paid under it.` +
		exitCodes(signedCodes...)
}

// Run cancels the grant.
func (c *Cancel) Run(ctx context.Context, term *cli.Terminal, env *cli.Environment) error {
	return runSigned(ctx, term, c.Output, &c.Client, func(*cli.Output) error {
		client, grant, err := c.open(term, env)
		if err != nil {
			return err
		}
		err = client.Cancel(context.WithoutCancel(ctx), grant)
		if isUnknownGrant(err) {
			return exit.WalletRefused.With("The wallet knows no such grant. It was ended before, here or in the wallet, or CONTINUE_ACCESS_TOKEN is for another grant. %w", err)
		}
		return reportEnd(term, err, "The grant is cancelled, and its access tokens with it.", "Cancel again")
	})
}

// isUnknownGrant reports whether a server that was asked to cancel a grant does not
// know it. To the later of two requests at once the reference implementation says
// it as 404 "unknown grant".
func isUnknownGrant(err error) bool {
	var e *opclient.Error
	return opclient.HasCode(err, opclient.CodeInvalidContinuation) ||
		errors.As(err, &e) && e.Status == 404 && e.Description == "unknown grant"
}
