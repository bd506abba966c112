package authserver

import (
	"net/http"
	"strings"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/wallets"
)

// find returns the grant of a continue URI and its token, nil if there is none or it
// is revoked. The caller holds s.mu.
func (s *Server) find(id, continueToken string) *grant {
	g := s.grants[id]
	if g == nil || g.continueToken != continueToken || g.state == grantRevoked {
		return nil
	}
	return g
}

// authenticateContinuation authenticates a continue or a cancel. It looks the grant up
// before it verifies the signature.
func (s *Server) authenticateContinuation(r *http.Request, b *message.Body, id string) (continueToken string, f *message.Refusal) {
	keyID, f := message.CheckHeaders(r, b)
	if f != nil {
		return "", f
	}
	authorization := r.Header.Get("Authorization")
	if authorization == "" {
		return "", message.BadHeaders("there is no Authorization: GNAP and the continue access token are needed")
	}
	continueToken = strings.Replace(authorization, "GNAP ", "", 1)
	s.mu.Lock()
	g := s.find(id, continueToken)
	s.mu.Unlock()
	if g == nil {
		return "", message.Refuse(http.StatusUnauthorized, message.InvalidContinuation, "invalid grant", "there is no such grant, it is revoked, or the token is not its own")
	}
	return continueToken, s.verifySignature(r, b, g.client, keyID)
}

// continueGrant answers POST to the continue URI (RFC 9635 section 5).
func (s *Server) continueGrant(r *http.Request, b *message.Body, id string) (any, *message.Refusal) {
	continueToken, f := s.authenticateContinuation(r, b, id)
	if f != nil {
		return nil, f
	}
	if b.IsEmpty() {
		return s.poll(r, id, continueToken)
	}
	o, _ := message.ParseObject(b.Canonical)
	ref, _ := o.Text("interact_ref")
	if ref == "" {
		return nil, message.Refuse(http.StatusUnauthorized, message.InvalidRequest, "missing interaction reference", "")
	}
	s.secrets.Add(ref)
	s.mu.Lock()
	g := s.byRef[ref]
	f = s.checkContinue(g, id)
	s.mu.Unlock()
	if f != nil {
		return nil, f
	}
	return s.finishContinue(r, g)
}

// checkContinue refuses a grant that cannot be continued. g is the grant of the
// reference. The caller holds s.mu.
func (s *Server) checkContinue(g *grant, id string) *message.Refusal {
	switch {
	case g == nil || g.state == grantRevoked || g.state == grantRejected || g.id != id:
		return message.Refuse(http.StatusNotFound, message.InvalidContinuation, "grant not found", "the reference is unknown or another grant's, or the grant ended")
	case s.isWaiting(g):
		return message.Refuse(http.StatusBadRequest, message.TooFast, `continued grant faster than "wait" period`, "")
	case g.state != grantApproved:
		return message.Refuse(http.StatusUnauthorized, message.RequestDenied, "grant interaction not approved", "the user has not come back from the consent page, or the reference was used before")
	}
	return nil
}

// finishContinue waits, so that other requests can race with it, and then issues a
// token, whatever happened to the grant in the meantime.
func (s *Server) finishContinue(r *http.Request, g *grant) (any, *message.Refusal) {
	if err := s.work(r.Context()); err != nil {
		return nil, message.InternalError(err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.grants[g.id] != g {
		return nil, message.InternalError("the grant was forgotten: there are too many")
	}
	a := s.issue(g)
	g.state = grantIssued
	if g.consent == wallets.Revokes {
		s.revoke(g)
	}
	return a, nil
}

// poll answers a continue without a body (RFC 9635 section 5.2).
func (s *Server) poll(r *http.Request, id, continueToken string) (any, *message.Refusal) {
	s.mu.Lock()
	g := s.find(id, continueToken)
	if g == nil {
		s.mu.Unlock()
		return nil, message.Refuse(http.StatusNotFound, message.InvalidRequest, "grant not found", "")
	}
	waiting, state := s.isWaiting(g), g.state
	if state == grantPending && g.finish == nil && !waiting {
		g.continued = s.config.Now()
	}
	s.mu.Unlock()
	switch {
	case waiting:
		return nil, message.Refuse(http.StatusBadRequest, message.TooFast, `polled grant faster than "wait" period`, "")
	case g.finish != nil:
		return nil, message.Refuse(http.StatusUnauthorized, message.RequestDenied, "grant cannot be polled", "")
	case state == grantPending:
		return grantAnswer{Continue: s.continuation(g, true)}, nil
	case state != grantApproved:
		return nil, message.Refuse(http.StatusUnauthorized, message.RequestDenied, "grant cannot be continued", "")
	}
	return s.finishContinue(r, g)
}

// isWaiting reports whether the client continues too early. The caller holds s.mu.
func (s *Server) isWaiting(g *grant) bool {
	return s.config.Now().Before(g.continued.Add(s.config.Wait))
}

// cancel answers DELETE of the continue URI (RFC 9635 section 5.4).
func (s *Server) cancel(r *http.Request, b *message.Body, id string) (any, *message.Refusal) {
	continueToken, f := s.authenticateContinuation(r, b, id)
	if f != nil {
		return nil, f
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.find(id, continueToken)
	if g == nil {
		return nil, message.Refuse(http.StatusNotFound, message.InvalidRequest, "unknown grant", "another request was faster")
	}
	s.revoke(g)
	return nil, nil
}

// revoke ends a grant and its tokens. The caller holds s.mu.
func (s *Server) revoke(g *grant) {
	g.state = grantRevoked
	for len(g.tokens) > 0 {
		s.dropToken(g.tokens[0])
	}
}
