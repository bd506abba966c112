// Package failed says how a command ends when a request to a wallet has failed.
package failed

import (
	"context"
	"errors"
	"net"
	"net/url"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// InsecureHint is for who tries a wallet of this machine.
const InsecureHint = "For development, --insecure-local allows http and private addresses."

// Wallet is why a wallet address cannot be read.
func Wallet(address string, err error) error {
	var invalid *opclient.InvalidError
	switch {
	case errors.As(err, &invalid):
		return exit.UnknownWallet.With("%s: %s. %s", address, invalid.Reason, Hint(address))
	case errors.Is(err, opclient.ErrForbiddenAddress):
		return exit.UnknownWallet.With("%w. %s", err, InsecureHint)
	}
	return exit.UnknownWallet.With("%w", err)
}

// Hint is InsecureHint for an address that it may help with, else "".
func Hint(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && net.ParseIP(u.Hostname()) == nil {
		return ""
	}
	return InsecureHint
}

// Request is why a request failed. Of what has no known outcome, only that
// nothing was got: say more where something may have happened.
func Request(err error) error {
	var invalid *opclient.InvalidError
	switch {
	case errors.As(err, &invalid):
		return exit.Usage.With("%w", err)
	case errors.Is(err, opclient.ErrForbiddenAddress):
		return exit.WalletFailed.With("%w. %s", err, InsecureHint)
	case opclient.HasCode(err, opclient.CodeInvalidClient):
		return exit.KeyRefused.With("Compare the key and its id with the JWKS of the client's wallet address. %w", err)
	case errors.Is(err, opclient.ErrRefused):
		return exit.WalletRefused.With("%w", err)
	}
	return exit.WalletFailed.With("%w", err)
}

// Payment is why a request at a resource server failed.
func Payment(err error) error {
	for _, why := range []struct {
		is   error
		says string
	}{
		{opclient.ErrInactiveToken, "The access token does not work any more: `opgrants rotate` gives a new one."},
		{opclient.ErrInsufficientGrant, "The grant does not allow this."},
		{opclient.ErrOverLimit, "The grant's limits do not allow this payment: the amount, the receiver, or the time."},
		{opclient.ErrInvalidQuote, "Nothing can be paid from the quote: it has expired, or its receiver takes no more."},
		{opclient.ErrInvalidReceiver, "The receiver cannot be paid from this wallet."},
	} {
		if errors.Is(err, why.is) {
			return exit.WalletRefused.With("%s %w", why.says, err)
		}
	}
	return Request(err)
}

// Interrupted is err, if it has a code of its own, or that somebody ended the
// command whose ctx it is.
func Interrupted(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	var own *exit.Error
	if errors.As(err, &own) && !errors.Is(err, context.Canceled) {
		return err
	}
	return exit.Interrupted.With("")
}

// Reason is what is wrong, without a field that the user did not name.
func Reason(err error) string {
	var invalid *opclient.InvalidError
	if errors.As(err, &invalid) {
		return invalid.Reason
	}
	return err.Error()
}
