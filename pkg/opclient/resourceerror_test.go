package opclient

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
)

var resourceErrors = []error{
	ErrInactiveToken, ErrInsufficientGrant, ErrOverLimit, ErrServerUnavailable, ErrInvalidSignature, ErrNotFound, ErrInvalidQuote,
	ErrInvalidReceiver, ErrInvalidAmount, ErrAmountTooSmall, ErrWrongState, ErrTooManyRequests,
}

func TestEachRefusalOfAResourceServerHasItsError(t *testing.T) {
	for _, c := range []struct {
		status int
		words  string
		want   []error
	}{
		{403, "Inactive Token", []error{ErrInactiveToken}},
		{403, "inactive token", []error{ErrInactiveToken}},
		{403, "Insufficient Grant", []error{ErrInsufficientGrant}},
		{403, "unauthorized", []error{ErrOverLimit}},
		{403, "action not performed", nil},
		{403, "", nil},
		{403, "Invalid signature", nil},
		{400, "unknown quote", nil},
		{401, "Invalid Token", []error{ErrServerUnavailable}},
		{401, "Unauthorized", []error{ErrNotFound}},
		{401, "Signature validation error: could not find key in list of client keys", []error{ErrInvalidSignature}},
		{401, "Invalid signature", []error{ErrInvalidSignature}},
		{401, "Inactive Token", nil},
		{401, "Insufficient Grant", nil},
		{401, "", nil},
		{404, "unknown quote", []error{ErrNotFound, ErrInvalidQuote}},
		{404, "Outgoing payment does not exist", []error{ErrNotFound}},
		{404, "", []error{ErrNotFound}},
		{409, "wrong state", []error{ErrWrongState}},
		{409, "", nil},
		{400, "invalid quote", []error{ErrInvalidQuote}},
		{400, "invalid receiver", []error{ErrInvalidReceiver}},
		{400, "invalid amount", []error{ErrInvalidAmount}},
		{400, "invalid expiresAt", nil},
		{400, "non-positive receive amount", []error{ErrAmountTooSmall}},
		{400, "inactive token", nil},
		{429, "invalid quote", []error{ErrTooManyRequests}},
	} {
		for form, handler := range map[string]struct{ contentType, body string }{
			"as JSON":       {"application/json; charset=utf-8", fmt.Sprintf(`{"error":{"code":%q,"description":%q}}`, strconv.Itoa(c.status), c.words)},
			"as plain text": {"text/plain; charset=utf-8", c.words},
		} {
			s := newServer(t, refuses(c.status, handler.contentType, handler.body))
			client := newClient(t)
			for name, do := range map[string]func() error{
				"paying":   func() error { return calls["create an outgoing payment"](client, s.URL) },
				"quoting":  func() error { return calls["create a quote"](client, s.URL) },
				"reading":  func() error { return reads["an outgoing payment"](client, s.URL, "TOKEN-SECRET") },
				"listing":  func() error { return reads["all outgoing payments"](client, s.URL, "TOKEN-SECRET") },
				"spending": func() error { return reads["spent amounts"](client, s.URL, "TOKEN-SECRET") },
			} {
				err := do()
				wantClasses(t, err, ErrRefused)
				for _, sentinel := range resourceErrors {
					if errors.Is(err, sentinel) != slices.Contains(c.want, sentinel) {
						t.Errorf("%s, %d %q %s: %q is %v: %v", name, c.status, c.words, form, sentinel, errors.Is(err, sentinel), err)
					}
				}
				if e, _ := errors.AsType[*Error](err); e.Status != c.status || e.Description != c.words || e.GNAP != (form == "as JSON") {
					t.Errorf("what the server said got lost: %+v", e)
				}
			}
		}
	}
}

func TestTheDetailsOfARefusalAreKept(t *testing.T) {
	s := newServer(t, refuses(400, "application/json",
		`{"error":{"code":"400","description":"non-positive receive amount","details":{"minSendAmount":{"value":"3"},"for":"TOKEN-SECRET"}}}`))
	err := calls["create a quote"](newClient(t), s.URL)
	e, _ := errors.AsType[*Error](err)
	if e == nil || !errors.Is(err, ErrAmountTooSmall) || e.Details != `{"for":"REDACTED","minSendAmount":{"value":"3"}}` {
		t.Errorf("got %#v", e)
	}
}

func TestARefusalOfAnAuthorizationServerIsNotOneOfAResourceServer(t *testing.T) {
	for _, words := range []string{"Invalid Token", "Unauthorized", "Inactive Token", "invalid signature"} {
		s := newServer(t, refuses(401, "application/json", fmt.Sprintf(`{"error":{"code":"invalid_client","description":%q}}`, words)))
		for _, call := range []string{"request", "continue", "poll", "cancel", "rotate", "revoke"} {
			err := calls[call](newClient(t), s.URL)
			for _, sentinel := range resourceErrors {
				if errors.Is(err, sentinel) {
					t.Errorf("%s: %q: %v", call, sentinel, err)
				}
			}
		}
	}
}
