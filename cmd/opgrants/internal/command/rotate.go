package command

import (
	"context"
	"errors"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Rotate is `opgrants rotate`.
type Rotate struct {
	TokenFlags `embed:""`
	Output     cli.OutputFlags `embed:""`
}

// Help is the long text of --help.
func (*Rotate) Help() string {
	return `Exchanges an access token, which may have expired, for a new one. After that the old one and its manage URL do not
work any more. It prints

    ACCESS_TOKEN = …
    MANAGE_URL = …` + exitCodes(signedCodes...)
}

// Run rotates the token.
func (c *Rotate) Run(ctx context.Context, term *cli.Terminal, env *cli.Environment) error {
	return runSigned(ctx, term, c.Output, &c.Client, func(out *cli.Output) error {
		client, old, err := c.open(term, env)
		if err != nil {
			return err
		}
		// An interrupt must not stop a rotation under way: the new token could be lost.
		token, err := client.Rotate(context.WithoutCancel(ctx), old)
		switch {
		case err == nil:
			return out.Token(token)
		case errors.Is(err, opclient.ErrOutcomeUnknown):
			return exit.OutcomeUnknown.With("Rotate again at the same MANAGE_URL. If the wallet does not know the token then, the new one is lost: "+
				"`opgrants cancel` ends its grant. %w", err)
		case opclient.HasCode(err, opclient.CodeInvalidRotation):
			return exit.WalletRefused.With("Another rotation or revocation ran at the same time. If that was not you, rotate again. %w", err)
		case isUnknownToken(err):
			return unknownToken(err)
		}
		return cli.RequestError(err)
	})
}
