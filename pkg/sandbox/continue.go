package sandbox

import (
	"net/http"
	"strings"
)

// find looks up a grant by its continuation, but not a revoked one. s.mu is held.
func (s *Server) find(id, continueToken string) *grant {
	g := s.grants[id]
	if g == nil || g.continueToken != continueToken || g.state == grantRevoked {
		return nil
	}
	return g
}

// authenticateContinuation is what continue and cancel begin with. The grant is
// looked up before the signature is verified.
func (s *Server) authenticateContinuation(r *http.Request, b *body, id string) (continueToken string, f *refusal) {
	keyID, f := checkSignatureHeaders(r, b)
	if f != nil {
		return "", f
	}
	authorization := r.Header.Get("Authorization")
	if authorization == "" {
		return "", badHeaders("there is no Authorization: GNAP and the continue access token are needed")
	}
	continueToken = strings.Replace(authorization, "GNAP ", "", 1)
	s.mu.Lock()
	g := s.find(id, continueToken)
	s.mu.Unlock()
	if g == nil {
		return "", refuse(http.StatusUnauthorized, invalidContinuation, "invalid grant", "there is no such grant, it is revoked, or the token is not its own")
	}
	return continueToken, s.verifySignature(r, b, g.client, keyID)
}

// continueGrant answers POST to the continue URI (RFC 9635 section 5).
func (s *Server) continueGrant(r *http.Request, b *body, id string) (any, *refusal) {
	continueToken, f := s.authenticateContinuation(r, b, id)
	if f != nil {
		return nil, f
	}
	if b.isEmpty() {
		return s.poll(r, id, continueToken)
	}
	o, _ := parseObject(b.canonical)
	ref, _ := o.text("interact_ref")
	if ref == "" {
		return nil, refuse(http.StatusUnauthorized, invalidRequest, "missing interaction reference", "")
	}
	s.secrets.add(ref)
	s.mu.Lock()
	g := s.byRef[ref]
	f = s.checkContinue(g, id)
	s.mu.Unlock()
	if f != nil {
		return nil, f
	}
	return s.finishContinue(r, g)
}

// checkContinue takes the grant that the reference belongs to. s.mu is held.
func (s *Server) checkContinue(g *grant, id string) *refusal {
	switch {
	case g == nil || g.state == grantRevoked || g.state == grantRejected || g.id != id:
		return refuse(http.StatusNotFound, invalidContinuation, "grant not found", "the reference is unknown or another grant's, or the grant ended")
	case s.isWaiting(g):
		return refuse(http.StatusBadRequest, tooFast, `continued grant faster than "wait" period`, "")
	case g.state != grantApproved:
		return refuse(http.StatusUnauthorized, requestDenied, "grant interaction not approved", "the user has not come back from the consent page, or the reference was used before")
	}
	return nil
}

// finishContinue works for a while, so that others race, and then issues a token
// whatever has become of the grant in between.
func (s *Server) finishContinue(r *http.Request, g *grant) (any, *refusal) {
	if err := s.work(r.Context()); err != nil {
		return nil, internalError(err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.grants[g.id] != g {
		return nil, internalError("the grant was forgotten: there are too many")
	}
	a := s.issue(g)
	g.state = grantIssued
	return a, nil
}

// poll answers a continue without a body (RFC 9635 section 5.2).
func (s *Server) poll(r *http.Request, id, continueToken string) (any, *refusal) {
	s.mu.Lock()
	g := s.find(id, continueToken)
	if g == nil {
		s.mu.Unlock()
		return nil, refuse(http.StatusNotFound, invalidRequest, "grant not found", "")
	}
	waiting, state := s.isWaiting(g), g.state
	if state == grantPending && g.finish == nil && !waiting {
		g.continued = s.config.Now()
	}
	s.mu.Unlock()
	switch {
	case waiting:
		return nil, refuse(http.StatusBadRequest, tooFast, `polled grant faster than "wait" period`, "")
	case g.finish != nil:
		return nil, refuse(http.StatusUnauthorized, requestDenied, "grant cannot be polled", "")
	case state == grantPending:
		return grantAnswer{Continue: s.continuation(g, true)}, nil
	case state != grantApproved:
		return nil, refuse(http.StatusUnauthorized, requestDenied, "grant cannot be continued", "")
	}
	return s.finishContinue(r, g)
}

// isWaiting reports whether the wait that was told is not over. s.mu is held.
func (s *Server) isWaiting(g *grant) bool {
	return s.config.Now().Before(g.continued.Add(s.config.Wait))
}

// cancel answers DELETE of the continue URI (RFC 9635 section 5.4).
func (s *Server) cancel(r *http.Request, b *body, id string) (any, *refusal) {
	continueToken, f := s.authenticateContinuation(r, b, id)
	if f != nil {
		return nil, f
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.find(id, continueToken)
	if g == nil {
		return nil, refuse(http.StatusNotFound, invalidRequest, "unknown grant", "another request was faster")
	}
	s.revoke(g)
	return nil, nil
}

// revoke ends a grant and its tokens. s.mu is held.
func (s *Server) revoke(g *grant) {
	g.state = grantRevoked
	for len(g.tokens) > 0 {
		s.dropToken(g.tokens[0])
	}
}
