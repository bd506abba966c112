package sandbox

import (
	"net/http"
	"slices"
	"time"
)

const (
	// An expired token can be rotated until it is this old.
	tokenKept = 30 * 24 * time.Hour
	// maxTokens of one grant; the oldest is forgotten.
	maxTokens = 100
)

// newToken keeps a new access token of g. s.mu is held.
func (s *Server) newToken(g *grant) *token {
	if len(g.tokens) == maxTokens {
		s.dropToken(g.tokens[0])
	}
	t := &token{value: newTokenValue(), manageID: newUUID(), made: s.config.Now(), grant: g}
	s.secrets.add(t.value)
	g.tokens = append(g.tokens, t)
	s.tokens[t.manageID], s.byValue[t.value] = t, t
	s.stats.TokensIssued++
	return t
}

// dropToken forgets a token: it works no more, nor does its manage URI. s.mu is held.
func (s *Server) dropToken(t *token) {
	delete(s.tokens, t.manageID)
	delete(s.byValue, t.value)
	t.grant.tokens = slices.DeleteFunc(t.grant.tokens, func(other *token) bool { return other == t })
}

// findToken looks up a token that is not revoked. s.mu is held.
func (s *Server) findToken(manageID string) *token {
	t := s.tokens[manageID]
	if t != nil && s.config.Now().Sub(t.made) > tokenKept {
		s.dropToken(t)
		return nil
	}
	return t
}

// works reports whether a resource server would take the token.
func (s *Server) works(t *token) bool {
	return !s.config.Now().After(t.made.Add(s.config.TokenLife))
}

// Active reports whether an access token works now: what a resource server
// would be told.
func (s *Server) Active(accessToken string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.byValue[accessToken]
	return t != nil && s.works(t)
}

// authenticateToken is what rotate and revoke begin with. The key must be the
// client's; the token in Authorization is not looked at.
func (s *Server) authenticateToken(r *http.Request, b *body, manageID string) (*token, *refusal) {
	keyID, f := checkSignatureHeaders(r, b)
	if f != nil {
		return nil, f
	}
	s.mu.Lock()
	t := s.findToken(manageID)
	s.mu.Unlock()
	if t == nil {
		return nil, refuse(http.StatusUnauthorized, invalidClient, "invalid access token", "the manage URI is unknown, or its token was rotated or revoked")
	}
	return t, s.verifySignature(r, b, t.grant.client, keyID)
}

// rotate answers POST to a manage URI (RFC 9635 section 6.1).
func (s *Server) rotate(r *http.Request, b *body, manageID string) (any, *refusal) {
	old, f := s.authenticateToken(r, b, manageID)
	if f != nil {
		return nil, f
	}
	if err := s.work(r.Context()); err != nil {
		return nil, internalError(err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.findToken(manageID) != old {
		return nil, refuse(http.StatusNotFound, invalidRotation, "invalid access token", "another request was faster")
	}
	s.dropToken(old)
	return map[string]*tokenAnswer{"access_token": s.tokenAnswer(s.newToken(old.grant))}, nil
}

// revokeToken answers DELETE of a manage URI (RFC 9635 section 6.2).
func (s *Server) revokeToken(r *http.Request, b *body, manageID string) (any, *refusal) {
	t, f := s.authenticateToken(r, b, manageID)
	if f != nil {
		return nil, f
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropToken(t)
	return nil, nil
}
