package grant_test

import (
	"context"
	"fmt"
	"net"
	"regexp"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// addressless is a wallet whose address cannot be read.
type addressless struct {
	*wallet
	err error
}

func (a addressless) WalletAddress(context.Context, string) (*opclient.WalletAddress, error) {
	return nil, a.err
}

// promises are what no text of ours can know.
var promises = regexp.MustCompile(`(?i)not called|was not sent|nothing was|has not been charged`)

func TestTheReasonOfAWalletAddressReachesTheApp(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		code   string
		field  string
		detail string
	}{
		"it does not exist": {refused(404, ""), grant.CodeWalletNotFound, "walletAddress", "no wallet address"},
		"it is gone":        {refused(410, ""), grant.CodeWalletNotFound, "walletAddress", "no wallet address"},
		"429": {&opclient.Error{Status: 429, RetryAfter: 37 * time.Second, Err: opclient.ErrRefused}, grant.CodeWalletUnreachable, "walletAddress",
			"limits how often"},
		"no such server": {&opclient.Error{Err: fmt.Errorf("%w: %w", opclient.ErrNotSent, &net.DNSError{Name: "walet.example", IsNotFound: true})}, grant.CodeWalletNotFound,
			"walletAddress", "There is no server with the name walet.example."},
		"names cannot be looked up": {&opclient.Error{Err: fmt.Errorf("%w: %w", opclient.ErrNotSent, &net.DNSError{Name: "walet.example", IsTemporary: true})}, grant.CodeWalletUnreachable,
			"walletAddress", "cannot be reached"},
		"another refusal": {refused(403, ""), grant.CodeWalletRefused, "walletAddress", "refused"},
		"a web page": {&opclient.Error{Status: 200, Err: fmt.Errorf("%w: this is a web page", opclient.ErrInvalidAnswer)},
			grant.CodeWalletInvalid, "walletAddress", ": this is a web page."},
		"a member": {&opclient.Error{Status: 200, Err: fmt.Errorf("%w: assetScale must be a number", opclient.ErrInvalidAnswer)},
			grant.CodeWalletInvalid, "walletAddress", ": assetScale must be a number."},
		"a private address":  {&opclient.Error{Err: fmt.Errorf("%w: %w", opclient.ErrNotSent, opclient.ErrForbiddenAddress)}, grant.CodeInvalid, "walletAddress", "public https"},
		"a redirect to one":  {&opclient.Error{Status: 302, Err: fmt.Errorf("%w: %w", opclient.ErrInvalidAnswer, opclient.ErrForbiddenAddress)}, grant.CodeInvalid, "walletAddress", "public https"},
		"no connection":      {errServerDown, grant.CodeWalletUnreachable, "walletAddress", "address right"},
		"a broken answer":    {&opclient.Error{Err: opclient.ErrOutcomeUnknown}, grant.CodeWalletUnreachable, "walletAddress", "Try again"},
		"a slow one":         {&opclient.Error{Err: opclient.ErrTimeout}, grant.CodeWalletTimeout, "walletAddress", "in time"},
		"a 5xx with a delay": {&opclient.Error{Status: 503, RetryAfter: 37 * time.Second, Err: opclient.ErrOutcomeUnknown}, grant.CodeWalletUnreachable, "walletAddress", "problem of its own"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			l.Server = addressless{l.wallet, c.err}
			_, err := l.Request(t.Context(), owner, grant.Request{WalletAddress: alice, ReturnURL: shop, Unlimited: true})
			e := wantCode(t, err, c.code)
			if e.Field != c.field || !regexp.MustCompile(regexp.QuoteMeta(c.detail)).MatchString(e.Detail) || promises.MatchString(e.Detail) {
				t.Errorf("%s: %s", e.Field, e.Detail)
			}
			if delayed := name == "429" || name == "a 5xx with a delay"; delayed != (e.RetryAfter == 37*time.Second) {
				t.Errorf("retry after %s", e.RetryAfter)
			}
		})
	}
}

func TestTheReasonOfAGrantRequestReachesTheApp(t *testing.T) {
	for name, c := range map[string]struct {
		err  *opclient.Error
		code string
	}{
		"429":         {&opclient.Error{Status: 429, Err: opclient.ErrRefused}, grant.CodeWalletUnreachable},
		"a 5xx":       {&opclient.Error{Status: 503, Err: opclient.ErrOutcomeUnknown}, grant.CodeWalletUnreachable},
		"a refusal":   {&opclient.Error{Status: 400, Code: "invalid_request", Description: "no", Err: opclient.ErrRefused}, grant.CodeWalletRefused},
		"404":         {&opclient.Error{Status: 404, Err: opclient.ErrRefused}, grant.CodeWalletRefused},
		"a long wait": {&opclient.Error{Status: 429, Err: opclient.ErrRefused}, grant.CodeWalletUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLife(t)
			c.err.RetryAfter, c.err.URL = 37*time.Second, authServer
			want := c.err.RetryAfter
			if name == "a long wait" {
				c.err.RetryAfter, want = 30*time.Hour, time.Hour
			}
			l.Server = refusing{l.wallet, c.err}
			_, err := l.Request(t.Context(), owner, grant.Request{WalletAddress: alice, ReturnURL: shop, Unlimited: true})
			e := wantCode(t, err, c.code)
			if e.Upstream == nil || e.Upstream.Status != c.err.Status || e.Upstream.Code != c.err.Code || e.Upstream.Description != c.err.Description {
				t.Errorf("upstream %+v", e.Upstream)
			}
			if e.RetryAfter != want || promises.MatchString(e.Detail) {
				t.Errorf("retry after %s: %s", e.RetryAfter, e.Detail)
			}
		})
	}
}

func TestTheWalletAddressIsNotBlamedForWhatItHasNoPartIn(t *testing.T) {
	l := newLife(t)
	id, first := l.claimed(t)
	l.wallet.rotating = func(int) error { return errServerDown }
	_, err := l.token(t, id, first.AccessToken)
	if e := wantCode(t, err, grant.CodeNotRotated); regexp.MustCompile("(?i)address right").MatchString(e.Detail) {
		t.Error(e.Detail)
	}
	l.wallet.cancelErr = errServerDown
	_, err = l.delete(t, id)
	if e := wantCode(t, err, grant.CodeWalletUnreachable); regexp.MustCompile("(?i)address right").MatchString(e.Detail) {
		t.Error(e.Detail)
	}
}
