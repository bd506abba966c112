package payment

import (
	"context"
	"net/url"
	"slices"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/netguard"
	"github.com/opgrants/opgrants/internal/pattern"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// anywhere in Payees allows every payee.
const anywhere = "*"

// incomingPayment is how Open Payments writes the URL of one (OpenAPI, receiver).
var incomingPayment = pattern.New(`^https?://.+/incoming-payments/.+$`)

// checkPayee refuses a wallet address that payments may not go to. consented: the user
// was asked to consent to a payment to it. Compared are resolved wallet addresses.
func (s *Service) checkPayee(ctx context.Context, field, payee string, consented bool) error {
	if slices.Contains(s.Payees, anywhere) || consented && len(s.Payees) == 0 {
		return nil
	}
	own, err := s.ownAddress(ctx)
	if err != nil {
		return err
	}
	allowed := append([]string{own}, s.Payees...)
	if slices.ContainsFunc(allowed, func(a string) bool { return sameURL(a, payee) }) {
		return nil
	}
	for _, a := range allowed { // one that is written in another way, or leads elsewhere
		if a == "" {
			continue
		}
		if w, err := s.wallet().WalletAddress(ctx, a); err == nil && sameURL(w.ID, payee) {
			return nil
		}
	}
	return payeeNotAllowed(field, "This deployment makes payments to its own wallet address, to those that PAYEES lists, and without PAYEES to where the user consented to: "+payee+" is none of them. Its operator can add it to PAYEES.")
}

// ownAddress returns the service's own wallet address; "": it is not configured.
func (s *Service) ownAddress(ctx context.Context) (string, error) {
	if s.OwnAddress == nil {
		return s.WalletAddress, nil
	}
	return s.OwnAddress(ctx)
}

// checkReceiver refuses an incoming payment that payments may not go to: nobody can see
// whose it is.
func (s *Service) checkReceiver(g *grant.Item, receiver string) error {
	switch {
	case slices.Contains(s.Payees, anywhere):
		return nil
	case len(s.Payees) > 0:
		return payeeNotAllowed("to", "PAYEES of this deployment lists wallet addresses, and nobody can see whose an incoming payment is. Give the payee's wallet address; or its operator sets PAYEES to *.")
	case !g.AskedFor(receiver):
		return payeeNotAllowed("to", "Without PAYEES an incoming payment can be paid only if it is the limits.receiver that the user consented to. Give the payee's wallet address, or let the operator set PAYEES.")
	}
	return nil
}

func payeeNotAllowed(field, detail string) *grant.Error {
	return &grant.Error{Code: CodePayeeNotAllowed, Field: field, Detail: detail}
}

// sameURL reports whether two URLs are equivalent (RFC 3986 section 6.2): the letter
// case of the host, a default port and an empty path make no difference.
func sameURL(a, b string) bool {
	if a == "" || b == "" {
		return false
	}
	if parsed, err := opclient.ParseWalletAddress(a); err == nil {
		a = parsed
	}
	u, err := url.Parse(a)
	if err != nil {
		return false
	}
	v, err := url.Parse(b)
	if err != nil {
		return false
	}
	path := func(u *url.URL) string {
		if u.EscapedPath() == "" {
			return "/"
		}
		return u.EscapedPath()
	}
	return netguard.Origin(u) == netguard.Origin(v) && path(u) == path(v) && u.RawQuery == v.RawQuery
}

// sameOrigin reports whether two URLs have the same scheme, host and port.
func sameOrigin(a, b string) bool {
	u, err := url.Parse(a)
	if err != nil || u.Host == "" {
		return false
	}
	v, err := url.Parse(b)
	return err == nil && netguard.Origin(u) == netguard.Origin(v)
}
