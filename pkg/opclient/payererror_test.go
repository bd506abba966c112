package opclient

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
)

var payersErrors = map[error]string{
	ErrInactiveToken: "inactive token", ErrInsufficientGrant: "insufficient grant",
	ErrInvalidQuote: "invalid quote", ErrInvalidReceiver: "invalid receiver",
}

func TestWhatAPayerMeetsHasANameOfItsOwn(t *testing.T) {
	for _, c := range []struct {
		status int
		words  string
		want   error // nil: none
	}{
		{401, "Invalid Token", ErrInactiveToken},
		{401, "", ErrInactiveToken},
		{401, "Unauthorized", ErrInactiveToken},
		{403, "Inactive Token", ErrInactiveToken},
		{401, "Signature validation error: could not find key in list of client keys", nil},
		{403, "Insufficient Grant", ErrInsufficientGrant},
		{403, "unauthorized", ErrInsufficientGrant},
		{403, "action not performed", nil},
		{403, "", nil},
		{400, "invalid quote", ErrInvalidQuote},
		{404, "unknown quote", ErrInvalidQuote},
		{400, "invalid receiver", ErrInvalidReceiver},
		{400, "invalid amount", nil},
		{400, "inactive token", nil},
		{404, "Quote does not exist", nil},
		{409, "wrong state", nil},
		{429, "invalid quote", nil},
	} {
		for form, handler := range map[string]struct{ contentType, body string }{
			"as JSON":       {"application/json; charset=utf-8", fmt.Sprintf(`{"error":{"code":%q,"description":%q}}`, strconv.Itoa(c.status), c.words)},
			"as plain text": {"text/plain; charset=utf-8", c.words},
		} {
			s := newServer(t, refuses(c.status, handler.contentType, handler.body))
			client := newClient(t)
			for name, do := range map[string]func() error{
				"paying":  func() error { return calls["create an outgoing payment"](client, s.URL) },
				"quoting": func() error { return calls["create a quote"](client, s.URL) },
				"reading": func() error { return reads["an outgoing payment"](client, s.URL, "TOKEN-SECRET") },
				"listing": func() error { return reads["all outgoing payments"](client, s.URL, "TOKEN-SECRET") },
			} {
				err := do()
				wantClasses(t, err, ErrRefused)
				for sentinel, word := range payersErrors {
					if errors.Is(err, sentinel) != (sentinel == c.want) {
						t.Errorf("%s, %d %q %s: %s is %v: %v", name, c.status, c.words, form, word, errors.Is(err, sentinel), err)
					}
				}
				if e, _ := errors.AsType[*Error](err); e.Status != c.status || e.Description != c.words {
					t.Errorf("the server's words got lost: %+v", e)
				}
			}
		}
	}
}

func TestAnAuthorizationServersRefusalIsNoPayersError(t *testing.T) {
	s := newServer(t, refuses(401, "application/json", `{"error":{"code":"invalid_client","description":"Invalid Token"}}`))
	for _, call := range []string{"request", "continue", "poll", "cancel", "rotate", "revoke"} {
		err := calls[call](newClient(t), s.URL)
		for sentinel, word := range payersErrors {
			if errors.Is(err, sentinel) {
				t.Errorf("%s: %s: %v", call, word, err)
			}
		}
	}
}
