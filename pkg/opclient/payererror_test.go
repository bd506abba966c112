package opclient

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
)

var payersErrors = map[string]error{
	"token": ErrInactiveToken, "grant": ErrInsufficientGrant, "quote": ErrInvalidQuote, "receiver": ErrInvalidReceiver,
}

func TestWhatAPayerMeetsHasANameOfItsOwn(t *testing.T) {
	for _, c := range []struct {
		status int
		words  string
		want   string // of payersErrors; empty: none
	}{
		{401, "Invalid Token", "token"},
		{401, "", "token"},
		{401, "Unauthorized", "token"},
		{403, "Inactive Token", "token"},
		{401, "Signature validation error: could not find key in list of client keys", ""},
		{403, "Insufficient Grant", "grant"},
		{403, "unauthorized", "grant"},
		{403, "action not performed", ""},
		{403, "", ""},
		{400, "invalid quote", "quote"},
		{404, "unknown quote", "quote"},
		{400, "invalid receiver", "receiver"},
		{400, "invalid amount", ""},
		{400, "inactive token", ""},
		{404, "Quote does not exist", ""},
		{409, "wrong state", ""},
		{429, "invalid quote", ""},
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
				for means, sentinel := range payersErrors {
					if errors.Is(err, sentinel) != (means == c.want) {
						t.Errorf("%s, %d %q %s: %s is %v: %v", name, c.status, c.words, form, means, errors.Is(err, sentinel), err)
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
		for means, sentinel := range payersErrors {
			if errors.Is(err, sentinel) {
				t.Errorf("%s: %s: %v", call, means, err)
			}
		}
	}
}
