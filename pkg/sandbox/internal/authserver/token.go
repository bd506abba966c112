package authserver

import (
	"net/http"
	"slices"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/access"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/calls"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/random"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/wallets"
)

const (
	// rotatableFor is how old a token can be when it is rotated. It may have expired.
	rotatableFor = 30 * 24 * time.Hour
	// maxTokens is how many tokens of one grant the server keeps.
	maxTokens = 100
)

// A token is an access token that was not revoked. It may have expired.
type token struct {
	value, manageID string
	made            time.Time
	life            time.Duration
	grant           *grant
}

// newToken makes an access token for g. The caller holds s.mu.
func (s *Server) newToken(g *grant) *token {
	if len(g.tokens) == maxTokens {
		s.dropToken(g.tokens[0])
	}
	t := &token{value: random.Token(), manageID: random.UUID(), made: s.config.Now(), life: s.calls.TokenLife(s.config.TokenLife), grant: g}
	s.secrets.Add(t.value)
	g.tokens = append(g.tokens, t)
	s.tokens[t.manageID], s.byValue[t.value] = t, t
	s.calls.Count(func(n *calls.Stats) { n.TokensIssued++ })
	return t
}

// dropToken ends a token and its manage URI. The caller holds s.mu.
func (s *Server) dropToken(t *token) {
	delete(s.tokens, t.manageID)
	delete(s.byValue, t.value)
	t.grant.tokens = slices.DeleteFunc(t.grant.tokens, func(other *token) bool { return other == t })
}

// findToken returns the token of a manage URI, nil if there is none. The caller holds
// s.mu.
func (s *Server) findToken(manageID string) *token {
	t := s.tokens[manageID]
	if t != nil && s.config.Now().Sub(t.made) > rotatableFor {
		s.dropToken(t)
		return nil
	}
	return t
}

func (t *token) expiry() time.Time { return t.made.Add(t.life) }

// isLive reports whether a resource server accepts the token.
func (s *Server) isLive(t *token) bool { return !s.config.Now().After(t.expiry()) }

// Active reports whether a resource server accepts an access token now.
func (s *Server) Active(accessToken string) bool {
	_, _, ok := s.Introspect(accessToken)
	return ok
}

// Introspect returns the client that an access token was issued to, and its access.
// It returns false for a token that a resource server must not accept.
func (s *Server) Introspect(accessToken string) (client wallets.Client, items []access.Item, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.byValue[accessToken]
	if t == nil || !s.isLive(t) {
		return client, nil, false
	}
	return t.grant.client, t.grant.access, true
}

// CountLive returns how many tokens a resource server accepts now, and how many
// grants the server keeps.
func (s *Server) CountLive() (tokens, grants int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tokens {
		if s.isLive(t) {
			tokens++
		}
	}
	return tokens, len(s.grants)
}

// authenticateToken finds the token of a manage URI and verifies that the client's
// key signed. It does not look at the token in Authorization.
func (s *Server) authenticateToken(r *http.Request, b *message.Body, manageID string) (*token, *message.Refusal) {
	keyID, f := message.CheckHeaders(r, b)
	if f != nil {
		return nil, f
	}
	s.mu.Lock()
	t := s.findToken(manageID)
	s.mu.Unlock()
	if t == nil {
		return nil, message.Refuse(http.StatusUnauthorized, message.InvalidClient, "invalid access token", "the manage URI is unknown, or its token was rotated or revoked")
	}
	return t, s.verifySignature(r, b, t.grant.client, keyID)
}

// rotate answers POST to a manage URI (RFC 9635 section 6.1).
func (s *Server) rotate(r *http.Request, b *message.Body, manageID string) (any, *message.Refusal) {
	old, f := s.authenticateToken(r, b, manageID)
	if f != nil {
		return nil, f
	}
	if err := s.work(r.Context()); err != nil {
		return nil, message.InternalError(err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.findToken(manageID) != old {
		return nil, message.Refuse(http.StatusNotFound, message.InvalidRotation, "invalid access token", "another request was faster")
	}
	s.dropToken(old)
	return map[string]*tokenAnswer{"access_token": s.tokenAnswer(s.newToken(old.grant))}, nil
}

// revokeToken answers DELETE of a manage URI (RFC 9635 section 6.2).
func (s *Server) revokeToken(r *http.Request, b *message.Body, manageID string) (any, *message.Refusal) {
	t, f := s.authenticateToken(r, b, manageID)
	if f != nil {
		return nil, f
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropToken(t)
	return nil, nil
}
