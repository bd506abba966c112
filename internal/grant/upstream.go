package grant

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// What an error of a wallet's server means, and what the app hears of it.

// Invalid is the error for a member of a request that does not make sense.
func Invalid(field, detail string) *Error {
	return &Error{Code: CodeInvalid, Field: field, Detail: detail}
}

// WalletError returns whose fault it is that a call of a wallet's server failed.
// what names the call: "grant request", "continuation". It says only what the
// error proves.
func WalletError(err error, what string) *Error {
	var ours *Error
	if errors.As(err, &ours) {
		copied := *ours
		return &copied
	}
	var unsound *opclient.InvalidError
	if errors.As(err, &unsound) {
		return Invalid(unsound.Field, sentence(unsound.Reason))
	}
	failed := &Error{Err: err, Upstream: upstream(err), RetryAfter: retryAfter(err)}
	status := 0
	if failed.Upstream != nil {
		status = failed.Upstream.Status
	}
	switch {
	case errors.Is(err, opclient.ErrForbiddenAddress) && !isOfAnswer(err):
		failed.Code, failed.Detail = CodeWalletInvalid, "The "+what+" leads to a URL that is not public https on port 443."
	case errors.Is(err, opclient.ErrTimeout):
		failed.Code, failed.Detail = CodeWalletTimeout, "The wallet did not answer the "+what+" in time. Try again."
	case status == http.StatusTooManyRequests:
		failed.Code, failed.Detail = CodeWalletUnreachable, "The wallet limits how often it may be asked (429). Try the "+what+" again later."
	case isRefusal(err) && errors.Is(err, opclient.ErrWebPage):
		failed.Code, failed.Detail = CodeWalletRefused, fmt.Sprintf("The %s was answered with a web page (%d). Something in front of the wallet may have sent it.", what, status)
	case isRefusal(err) && failed.Upstream != nil && failed.Upstream.Code == "" && failed.Upstream.Description == "":
		failed.Code, failed.Detail = CodeWalletRefused, fmt.Sprintf("The wallet refused the %s (%d), and does not say why.", what, status)
	case isRefusal(err):
		failed.Code, failed.Detail = CodeWalletRefused, "The wallet refused the "+what+"; upstream says how."
	case status >= 500:
		failed.Code, failed.Detail = CodeWalletUnreachable, fmt.Sprintf("The wallet has a problem of its own with the %s (%d). Try again.", what, status)
	case errors.Is(err, opclient.ErrInvalidAnswer):
		failed.Code, failed.Detail = CodeWalletInvalid, "What the wallet answered to the "+what+" is not Open Payments"+reason(err)+"."
	default:
		failed.Code, failed.Detail = CodeWalletUnreachable, "The wallet cannot be reached for the "+what+". Try again."
	}
	return failed
}

// walletAddressError is walletError for reading the wallet address that the app
// gave.
func walletAddressError(err error) *Error {
	failed := WalletError(err, "request for the wallet address")
	failed.Field = "walletAddress"
	var name *net.DNSError
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		failed.Code, failed.Detail = CodeWalletNotFound, fmt.Sprintf("There is no server with the name %.100s. Is the wallet address spelled right?", name.Name)
	case errors.Is(err, opclient.ErrForbiddenAddress) && !isOfAnswer(err):
		return Invalid("walletAddress", "It leads to a URL that is not public https on port 443.")
	case failed.Upstream != nil && isRefusal(err) && (failed.Upstream.Status == http.StatusNotFound || failed.Upstream.Status == http.StatusGone):
		failed.Code, failed.Detail = CodeWalletNotFound, "There is no wallet address at this URL. Is it spelled right?"
	case failed.Code == CodeWalletUnreachable && IsNotSent(err):
		failed.Detail = "The server of the wallet address cannot be reached. Is the address right?"
	}
	return failed
}

// sentence is what a package said as an error, for a person to read.
func sentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(s[size:], ".") + "."
}

// isOfAnswer reports whether a member of a wallet's answer is at fault, and not
// the URL that was asked.
func isOfAnswer(err error) bool {
	var said *opclient.Error
	return errors.As(err, &said) && said.Status/100 == 2 && errors.Is(err, opclient.ErrInvalidAnswer)
}

// reason is what is wrong with an answer, after a colon, as the client for wallets
// words it: without secrets, and with the member's name as it is spelled. It is ""
// if the client says nothing.
func reason(err error) string {
	var said *opclient.Error
	if !errors.As(err, &said) || said.Err == nil {
		return ""
	}
	_, why, found := strings.Cut(said.Err.Error(), opclient.ErrInvalidAnswer.Error())
	why = strings.TrimPrefix(strings.TrimPrefix(why, ", "+opclient.ErrOutcomeUnknown.Error()), ": ")
	if !found || why == "" {
		return ""
	}
	return ": " + strings.TrimSuffix(limit(why, 300), ".")
}

// saidOf is a sentence with what a wallet's server answered, in its own words if it
// has any; "" if there was no answer.
func saidOf(err error) string {
	said := upstream(err)
	if said == nil {
		return ""
	}
	if why := reason(err); why != "" {
		return " What it answered is not Open Payments" + why + "."
	}
	text := fmt.Sprintf(" It said: %d", said.Status)
	if said.Code != "" {
		text += " " + said.Code
	}
	if said.Description != "" {
		text += fmt.Sprintf(" %q", said.Description)
	}
	return text + "."
}

// limit cuts a text after n characters.
func limit(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n]) + "…"
	}
	return s
}

func upstream(err error) *Upstream {
	var e *opclient.Error
	if !errors.As(err, &e) || e.Status == 0 {
		return nil
	}
	u := &Upstream{Status: e.Status, Code: e.Code, Description: e.Description}
	if u.Description == "" && errors.Is(err, opclient.ErrWebPage) {
		u.Description = "(a web page)"
	}
	return u
}

// retryAfter is how long the wallet asked us to wait, an hour at most; 0: it did
// not.
func retryAfter(err error) time.Duration {
	var ours *Error
	if errors.As(err, &ours) && ours.RetryAfter > 0 {
		return min(ours.RetryAfter, longestRetry)
	}
	var e *opclient.Error
	if errors.As(err, &e) {
		return min(max(e.RetryAfter, 0), longestRetry)
	}
	return 0
}

// isRefusal reports whether the server said no.
func isRefusal(err error) bool { return errors.Is(err, opclient.ErrRefused) }

// IsNotSent reports whether the server saw nothing of the request: there was no
// connection to it, or no key to sign with.
func IsNotSent(err error) bool {
	var ours *Error
	if errors.As(err, &ours) && slices.Contains([]string{CodeKeyMissing, CodeKeyInvalid, CodeKeyUnavailable}, ours.Code) {
		return true
	}
	return errors.Is(err, opclient.ErrNotSent)
}

// neverUses reports whether the server refused for a reason that it checks before
// it looks at an interact_ref.
func neverUses(err error) bool {
	return isRefusal(err) && (opclient.HasCode(err, opclient.CodeTooFast) || opclient.HasCode(err, opclient.CodeInvalidClient))
}

// fromInFront are the statuses with which something in front of a server answers
// that has not passed the request on.
var fromInFront = []int{
	http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong,
	http.StatusUnsupportedMediaType, http.StatusMisdirectedRequest, http.StatusTooManyRequests, http.StatusRequestHeaderFieldsTooLarge,
}

// isFromInFront reports whether something in front of the server seems to have
// answered: such a status without a GNAP error.
func isFromInFront(err error) bool {
	var e *opclient.Error
	return isRefusal(err) && errors.As(err, &e) && !e.GNAP && slices.Contains(fromInFront, e.Status)
}

// isUnknownToken reports whether the server may have forgotten the token.
func isUnknownToken(err error) bool {
	var e *opclient.Error
	return errors.As(err, &e) && e.Status == http.StatusUnauthorized && e.Code == opclient.CodeInvalidClient
}
