package command

import (
	"context"
	"errors"
	"slices"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// runSigned runs a command that signs its requests, and prints the result or the
// error as the flags say.
func runSigned(ctx context.Context, term *cli.Terminal, flags cli.OutputFlags, client *identity.Flags, do func(*cli.Output) error) error {
	out := flags.To(term)
	err := cli.Interrupted(ctx, do(out))
	return out.End(client.ExplainRefusedKey(ctx, err))
}

// reportEnd reports that a token or grant was ended at the wallet. When the outcome
// is unknown, the error says to run the command again.
func reportEnd(term *cli.Terminal, err error, done, again string) error {
	switch {
	case err == nil:
		term.Say("%s", done)
		return nil
	case errors.Is(err, opclient.ErrOutcomeUnknown):
		return exit.OutcomeUnknown.With("%s: that does no harm. %w", again, err)
	}
	return cli.RequestError(err)
}

// signedCodes are the exit codes of every command that signs its requests.
var signedCodes = []exit.Code{exit.OK, exit.Internal, exit.Usage, exit.Key, exit.KeyRefused, exit.WalletRefused, exit.WalletFailed,
	exit.OutcomeUnknown, exit.Interrupted}

// consentCodes are the further exit codes of every command that asks a user.
var consentCodes = []exit.Code{exit.UnknownWallet, exit.Port, exit.NotInteractive, exit.UserRefused, exit.WrongHash, exit.TimedOut, exit.Left}

// exitCodes is the end of a help text, with the codes in their order.
func exitCodes(codes ...exit.Code) string {
	return "\n\nThe exit code is one of:\n\n" + exit.Table(slices.Sorted(slices.Values(codes))...)
}
