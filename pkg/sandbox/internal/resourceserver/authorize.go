package resourceserver

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/access"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/calls"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/wallets"
)

// authorize checks the access token and then the signature, with a key of the client
// that the token was issued to. walletAddress is "" where it does not matter.
func (s *Server) authorize(q *resourceRequest, kind, action, walletAddress string) *message.Refusal {
	if f := s.introspect(q, kind, action, walletAddress); f != nil {
		q.header.Set("WWW-Authenticate", "GNAP as_uri="+s.config.AuthServer)
		return f
	}
	return s.verifySignature(q)
}

// introspect finds what the token allows.
func (s *Server) introspect(q *resourceRequest, kind, action, walletAddress string) *message.Refusal {
	scheme, value, ok := strings.Cut(q.r.Header.Get("Authorization"), " ")
	if !ok || scheme != "GNAP" || strings.Contains(value, " ") {
		return message.ResourceError(http.StatusUnauthorized, "Missing or invalid authorization header value", "Authorization: GNAP and an access token are needed")
	}
	if f := s.askAuthServer(q.r.Context()); f != nil {
		return f
	}
	client, items, ok := s.tokens.Introspect(value)
	if !ok {
		return message.ResourceError(http.StatusForbidden, "Inactive Token", "the access token has expired, was rotated or revoked, or is unknown")
	}
	q.client = client
	if q.access = find(items, kind, action, walletAddress); q.access == nil {
		return message.ResourceError(http.StatusForbidden, "Insufficient Grant", "the grant has no "+kind+" access with the action "+action+" for this wallet address")
	}
	q.all = slices.Contains(q.access.Actions, action+"-all")
	return nil
}

// askAuthServer fails where a test plans that: the token may be good, but nobody knows.
func (s *Server) askAuthServer(ctx context.Context) *message.Refusal {
	f := s.calls.Take(calls.Introspect, nil)
	if f == nil {
		return nil
	}
	if s.calls.Sleep(ctx, f.Delay) != nil || f.Breaks() {
		return message.ResourceError(http.StatusUnauthorized, "Invalid Token", "the authorization server could not be asked")
	}
	return nil
}

// find returns the first access item that allows an action, nil if there is none.
func find(items []access.Item, kind, action, walletAddress string) *access.Item {
	for i := range items {
		if items[i].Allows(kind, action, walletAddress) {
			return &items[i]
		}
	}
	return nil
}

// verifySignature answers all faults with the same status, unlike the authorization
// server.
func (s *Server) verifySignature(q *resourceRequest) *message.Refusal {
	wrong := func(what, hint string) *message.Refusal {
		return message.ResourceError(http.StatusUnauthorized, "Signature validation error: "+what, hint)
	}
	const invalid = "provided signature is invalid"
	keyID, f := message.CheckHeaders(q.r, q.body)
	switch {
	case f != nil && f.Description == message.BadSignatureInput:
		return wrong("missing keyId in signature input", f.Hint)
	case f != nil:
		return wrong(invalid, f.Hint)
	}
	key, err := s.wallets.Key(q.r.Context(), q.client, keyID)
	switch {
	case errors.Is(err, wallets.ErrUnknownKey):
		return wrong("could not find key in list of client keys", err.Error())
	case err != nil:
		return wrong("could not retrieve client keys", err.Error())
	}
	if f := message.Verify(s.scheme, key, q.r, q.body); f != nil {
		return wrong(invalid, f.Hint)
	}
	return nil
}
