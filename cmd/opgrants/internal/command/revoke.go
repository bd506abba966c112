package command

import (
	"context"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
)

// Revoke is `opgrants revoke`.
type Revoke struct {
	TokenFlags `embed:""`
	Output     cli.OutputFlags `embed:""`
}

// Help is the long text of --help.
func (*Revoke) Help() string {
	return `Ends an access token: nothing can be paid with it any more. "opgrants cancel" ends its whole grant.` +
		exitCodes(signedCodes...)
}

// Run revokes the token.
func (c *Revoke) Run(ctx context.Context, term *cli.Terminal, env *cli.Environment) error {
	return runSigned(ctx, term, c.Output, &c.Client, func(*cli.Output) error {
		client, token, err := c.open(term, env)
		if err != nil {
			return err
		}
		err = client.Revoke(context.WithoutCancel(ctx), token)
		if isUnknownToken(err) {
			return unknownToken(err)
		}
		return reportEnd(term, err, "The access token is revoked.", "Revoke again")
	})
}
