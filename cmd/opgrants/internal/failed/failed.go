package request

import (
	"context"
	"errors"
	"net"
	"net/url"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// walletFailed is why the paying wallet address cannot be read.
func walletFailed(wallet string, err error) error {
	var invalid *opclient.InvalidError
	switch {
	case errors.As(err, &invalid):
		return exit.UnknownWallet.With("%s: %s. %s", wallet, invalid.Reason, hint(wallet))
	case errors.Is(err, opclient.ErrForbiddenAddress):
		return exit.UnknownWallet.With("%w. %s", err, insecureHint)
	}
	return exit.UnknownWallet.With("%w", err)
}

const insecureHint = "For development, --insecure-local allows http and private addresses."

// hint is for who tries a wallet of this machine.
func hint(wallet string) string {
	u, err := url.Parse(wallet)
	if err != nil || u.Scheme != "http" && net.ParseIP(u.Hostname()) == nil {
		return ""
	}
	return insecureHint
}

// requestFailed is why the grant request failed.
func requestFailed(err error) error {
	var invalid *opclient.InvalidError
	switch {
	case errors.As(err, &invalid):
		return exit.Usage.With("%w", err)
	case opclient.HasCode(err, opclient.CodeInvalidClient):
		return exit.KeyRefused.With("Compare the key and its id with the JWKS of the client's wallet address. %w", err)
	case errors.Is(err, opclient.ErrRefused):
		return exit.WalletRefused.With("%w", err)
	}
	return exit.WalletFailed.With("%w", err)
}

// interrupted is err, if it has a code of its own, or that somebody ended the
// command.
func interrupted(err error) error {
	var own *exit.Error
	if errors.As(err, &own) && !errors.Is(err, context.Canceled) {
		return err
	}
	return exit.Interrupted.With("")
}
