package grant

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/opgrants/opgrants/pkg/opclient"
)

func invalid(field, detail string) *Error {
	return &Error{Code: CodeInvalid, Field: field, Detail: detail}
}

// walletError says of a failed call of a wallet's server whose fault it is.
// What names the call: "wallet address", "grant request".
func walletError(err error, what string) *Error {
	var ours *Error
	if errors.As(err, &ours) {
		copied := *ours
		return &copied
	}
	var unsound *opclient.InvalidError
	if errors.As(err, &unsound) {
		return invalid(unsound.Field, sentence(unsound.Reason))
	}
	failed := &Error{Err: err, Upstream: upstream(err)}
	switch {
	case errors.Is(err, opclient.ErrForbiddenAddress):
		failed.Code, failed.Detail = CodeWalletInvalid, "The "+what+" leads to a URL that is not public https on port 443; it was not called."
	case errors.Is(err, opclient.ErrTimeout):
		failed.Code, failed.Detail = CodeWalletTimeout, "The wallet did not answer the "+what+" in time. Try again."
	case what == "wallet address" && failed.Upstream != nil && failed.Upstream.Status == 404:
		failed.Code, failed.Detail = CodeWalletRefused, "There is no wallet address at this URL. Is it spelled right?"
	case errors.Is(err, opclient.ErrRefused):
		failed.Code, failed.Detail = CodeWalletRefused, "The wallet refused the "+what+"; upstream says how."
	case failed.Upstream != nil && failed.Upstream.Status >= 500:
		failed.Code, failed.Detail = CodeWalletUnreachable, "The wallet has a problem of its own with the "+what+"; upstream says which. Try again."
	case errors.Is(err, opclient.ErrInvalidAnswer):
		failed.Code, failed.Detail = CodeWalletInvalid, "What the wallet answered to the "+what+" is not Open Payments."
	default:
		failed.Code, failed.Detail = CodeWalletUnreachable, "The wallet cannot be reached for the "+what+". Is the wallet address right?"
	}
	return failed
}

// sentence is what a package said as an error, for a person to read.
func sentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(s[size:], ".") + "."
}

func upstream(err error) *Upstream {
	var e *opclient.Error
	if !errors.As(err, &e) || e.Status == 0 {
		return nil
	}
	return &Upstream{Status: e.Status, Code: e.Code, Description: e.Description}
}

// unused reports whether a continuation that failed did not use up its
// interact_ref, so that it may be sent again: it was never sent, or was refused
// for a reason that the server checks before it looks at the reference.
func unused(err error) bool {
	var ours *Error
	if errors.As(err, &ours) && (ours.Code == CodeKeyMissing || ours.Code == CodeKeyInvalid) {
		return true
	}
	return errors.Is(err, opclient.ErrNotSent) || errors.Is(err, opclient.ErrRefused) &&
		(opclient.HasCode(err, opclient.CodeTooFast) || opclient.HasCode(err, opclient.CodeInvalidClient))
}

// forgotten reports whether the server knows no such continuation (any more).
func forgotten(err error) bool {
	return errors.Is(err, opclient.ErrRefused) && opclient.HasCode(err, opclient.CodeInvalidContinuation)
}
