package cli

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// InsecureHint says how to reach a wallet on this machine.
const InsecureHint = "For development, --insecure-local allows http and private addresses."

// WalletError says why the wallet address cannot be read.
func WalletError(address string, err error) error {
	var invalid *opclient.InvalidError
	switch {
	case errors.As(err, &invalid):
		return exit.UnknownWallet.With("%s: %s. %s", config.Describe(address), invalid.Reason, HintFor(address))
	case errors.Is(err, opclient.ErrForbiddenAddress):
		return exit.UnknownWallet.With("%w. %s", err, InsecureHint)
	}
	return exit.UnknownWallet.With("%w", err)
}

// HintFor is InsecureHint for an address that it may help with, else "".
func HintFor(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && net.ParseIP(u.Hostname()) == nil {
		return ""
	}
	return InsecureHint
}

// codeUserDenied is in RFC 9635 section 3.6: the user refused.
const codeUserDenied = "user_denied"

// RequestError says why a request to an authorization server failed. Use it for an
// unknown outcome only where the request changed nothing that must be undone.
func RequestError(err error) error {
	var invalid *opclient.InvalidError
	switch {
	case errors.As(err, &invalid):
		return exit.Usage.With("%w", err)
	case errors.Is(err, opclient.ErrForbiddenAddress):
		return exit.WalletFailed.With("%w. %s", err, InsecureHint)
	case opclient.HasCode(err, codeUserDenied):
		return exit.UserRefused.With("%w", err)
	case opclient.HasCode(err, opclient.CodeInvalidClient), isSignatureRefused(err):
		return exit.KeyRefused.With("%w", err)
	case errors.Is(err, opclient.ErrRefused):
		return exit.WalletRefused.With("%w", err)
	}
	return exit.WalletFailed.With("%w", err)
}

// isSignatureRefused reports whether a resource server did not accept the
// signature. It gives no code for that, so the words decide.
func isSignatureRefused(err error) bool {
	var e *opclient.Error
	return errors.As(err, &e) && e.Status == 401 && strings.Contains(strings.ToLower(e.Description), "signature")
}

// PaymentError says why a request to a resource server failed.
func PaymentError(err error) error {
	if isSignatureRefused(err) {
		return RequestError(err)
	}
	for _, why := range []struct {
		is   error
		says string
	}{
		{opclient.ErrInactiveToken, "The access token does not work any more: `opgrants rotate` gives a new one."},
		{opclient.ErrInsufficientGrant, "The grant does not allow this."},
		{opclient.ErrOverLimit, "The grant's limits do not allow this payment: the amount, the receiver, or the time."},
		{opclient.ErrInvalidQuote, "The quote cannot be paid from: it has expired or was paid from before, or its receiver takes no more or cannot be reached."},
		{opclient.ErrInvalidReceiver, "The receiver cannot be paid from this wallet."},
	} {
		if errors.Is(err, why.is) {
			return exit.WalletRefused.With("%s %w", why.says, err)
		}
	}
	return RequestError(err)
}

// Interrupted is err if it has an exit code of its own. Otherwise, if ctx is done,
// it is the error of a command that was interrupted.
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

// Reason is what is wrong with a value, without the name of a field that the user
// did not give.
func Reason(err error) string {
	var invalid *opclient.InvalidError
	if errors.As(err, &invalid) {
		return invalid.Reason
	}
	return err.Error()
}
