package opclient

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"unicode"

	"github.com/opgrants/opgrants/internal/netguard"
)

const (
	// maxDescription limits what an [Error] repeats of a server's words, in
	// characters.
	maxDescription = 200
	// maxCode limits a code, in bytes.
	maxCode = 64
	// maxShownURL limits a URL in an [Error], in bytes.
	maxShownURL = 300
)

func (x *exchange) fail(status int, err error) error {
	e := &Error{Op: x.op, URL: withoutQuery(x.url), Status: status, Err: err}
	if x.header != nil {
		e.Date = date(x.header)
		e.RetryAfter = retryAfter(x.header, x.now())
	}
	return e
}

// invalid is an answer that is not what Open Payments says.
func (x *exchange) invalid(status int, err error) error {
	err = x.shown(err)
	if x.reads {
		return x.fail(status, fmt.Errorf("%w: %w", ErrInvalidAnswer, err))
	}
	return x.fail(status, fmt.Errorf("%w, %w: %w", ErrInvalidAnswer, ErrOutcomeUnknown, err))
}

// redirect is a 3xx that is not followed.
func (x *exchange) redirect(status int) error {
	to := "an unnamed place"
	location := x.header.Get("Location")
	if u, err := url.Parse(x.url); err == nil && location != "" {
		if target, err := u.Parse(location); err == nil {
			to = withoutQuery(target.String())
		}
	}
	return x.invalid(status, errors.New("the server redirects to "+to+", and this request follows no redirect"))
}

// refusal is a 4xx.
func (x *exchange) refusal(status int, body []byte) error {
	class := ErrRefused
	if status == http.StatusTooManyRequests {
		class = ErrTooManyRequests
	}
	return x.withWords(status, body, class)
}

// serverError is a 5xx: the server may or may not have acted.
func (x *exchange) serverError(status int, body []byte) error {
	if x.reads {
		return x.withWords(status, body, &class{"the server failed", ErrOutcomeUnknown})
	}
	return x.withWords(status, body, fmt.Errorf("the server failed, %w", ErrOutcomeUnknown))
}

// withWords is an error with the code and the description of the server.
func (x *exchange) withWords(status int, body []byte, class error) error {
	if isWebPage(body) {
		class = fmt.Errorf("%w: %w", class, ErrWebPage)
	}
	err := x.fail(status, class)
	e, _ := errors.AsType[*Error](err)
	words := parseWords(body)
	e.GNAP = words.gnap
	if x.isCode(words.code) {
		e.Code = words.code
	} else if words.description == "" {
		words.description = words.code
	}
	e.Description, e.Details = x.quote(words.description), x.quote(words.details)
	return e
}

// isCode reports whether a code can be passed on as it is. Codes are not masked:
// a nonce may be a part of one by chance. Only a text that contains one of the
// long secrets is no code.
func (x *exchange) isCode(code string) bool {
	for _, secret := range x.secrets {
		if len(secret) >= 16 && strings.Contains(code, string(secret)) {
			return false
		}
	}
	return looksLikeCode(code)
}

// looksLikeCode reports whether s is one short word, as error codes are.
func looksLikeCode(s string) bool {
	return s != "" && len(s) <= maxCode && strings.Trim(s, codeCharacters) == ""
}

const codeCharacters = "_-.:0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// isPlainText reports whether body can be read by a person.
func isPlainText(body []byte) bool {
	sample := string(body[:min(len(body), 4*maxDescription)])
	bad := 0
	for _, r := range sample {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) && !unicode.IsSpace(r) {
			bad++
		}
	}
	return bad*10 <= len(sample)
}

// quote makes a server's words fit for an error message: one line, not long, and
// without the secrets that were sent.
func (x *exchange) quote(words string) string { return x.quoteUpTo(words, maxDescription) }

func (x *exchange) quoteUpTo(words string, limit int) string {
	for _, secret := range x.secrets {
		if secret == "" {
			continue
		}
		for _, form := range []string{string(secret), url.QueryEscape(string(secret)), url.PathEscape(string(secret))} {
			words = strings.ReplaceAll(words, form, redacted)
		}
	}
	words = strings.Join(strings.FieldsFunc(words, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if runes := []rune(words); len(runes) > limit {
		words = string(runes[:limit]) + "…"
	}
	return strings.Clone(words)
}

// shown is err as an [Error] may show it. Errors of net/http and of the readers
// of answers can repeat what the server sent, so the text goes through quote, and
// only causes that a caller can test for are kept.
func (x *exchange) shown(err error) error {
	return &shownError{x.quoteUpTo(err.Error(), maxDescription+maxShownURL), keptCause(err)}
}

type shownError struct {
	text  string
	cause error
}

func (e *shownError) Error() string { return e.text }

func (e *shownError) Unwrap() error { return e.cause }

// keptCause is err if it is of a kind that holds no text of the server, else nil.
func keptCause(err error) error {
	for _, kind := range []error{netguard.ErrForbidden, context.Canceled, context.DeadlineExceeded, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed} {
		if errors.Is(err, kind) {
			return kind
		}
	}
	var (
		op        *net.OpError
		dns       *net.DNSError
		errno     syscall.Errno
		authority x509.UnknownAuthorityError
		invalid   *InvalidError
	)
	switch {
	case errors.As(err, &authority):
		return x509.UnknownAuthorityError{}
	case errors.As(err, &dns):
		return dns
	case errors.As(err, &errno):
		return errno
	case errors.As(err, &op):
		return op
	case errors.As(err, &invalid):
		return invalid
	}
	return nil
}

// withoutQuery is a URL as errors may show it.
func withoutQuery(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return "(not a URL)"
	}
	shown := u.Scheme + "://" + u.Host + u.EscapedPath()
	if len(shown) > maxShownURL {
		shown = strings.ToValidUTF8(shown[:maxShownURL], "") + "…"
	}
	return shown
}
