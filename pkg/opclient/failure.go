package opclient

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// maxDescription bounds what an [Error] repeats of a server's words.
const maxDescription = 200

func (x *exchange) fail(status int, err error) error {
	return &Error{Op: x.op, URL: withoutQuery(x.url), Status: status, Err: err}
}

// invalid is an answer that is not what Open Payments says.
func (x *exchange) invalid(status int, err error) error {
	if x.reads {
		return x.fail(status, fmt.Errorf("%w: %w", ErrInvalidAnswer, err))
	}
	return x.fail(status, fmt.Errorf("%w, %w: %w", ErrInvalidAnswer, ErrOutcomeUnknown, err))
}

// refusal is a 4xx. Its body is {"error":{"code","description"}} as Open Payments
// has it, {"error":"code"} as RFC 9635 section 3.6 also allows, or anything else.
func (x *exchange) refusal(response *http.Response, body []byte) error {
	e := &Error{Op: x.op, URL: withoutQuery(x.url), Status: response.StatusCode, Err: ErrRefused}
	if s, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && s > 0 {
		e.RetryAfter = time.Duration(min(s, 1<<30)) * time.Second
	}
	var answer struct {
		Error json.RawMessage `json:"error"`
	}
	var words struct{ Code, Description any }
	switch {
	case json.Unmarshal(body, &answer) == nil && answer.Error != nil:
		if json.Unmarshal(answer.Error, &words) != nil {
			_ = json.Unmarshal(answer.Error, &words.Code)
		}
		code, _ := words.Code.(string)
		description, _ := words.Description.(string)
		e.Code, e.Description = x.quote(code), x.quote(description)
		e.GNAP = e.Code != ""
	case mediaType(response.Header) == "text/plain":
		e.Description = x.quote(string(body))
	}
	return e
}

// quote makes a server's words fit for an error message: one line, not long, and
// without what we sent in confidence.
func (x *exchange) quote(words string) string {
	for _, secret := range x.secrets {
		if secret != "" {
			words = strings.ReplaceAll(words, string(secret), redacted)
		}
	}
	words = strings.Join(strings.FieldsFunc(words, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if runes := []rune(words); len(runes) > maxDescription {
		words = string(runes[:maxDescription]) + "…"
	}
	return words
}

func mediaType(h http.Header) string {
	t, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return t
}

// withoutQuery is a URL as errors may show it.
func withoutQuery(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return "(not a URL)"
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}
