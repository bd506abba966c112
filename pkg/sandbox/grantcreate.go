package sandbox

import (
	"net/http"
	"net/url"
)

// requestGrant answers POST to the grant endpoint (RFC 9635 section 2).
func (s *Server) requestGrant(r *http.Request, b *body) (any, *refusal) {
	q, f := parseGrantRequest(b.canonical)
	if f != nil {
		return nil, f
	}
	if q.finish != nil {
		s.secrets.add(q.finish.nonce)
	}
	keyID, f := checkSignatureHeaders(r, b)
	if f != nil {
		return nil, f
	}
	if f := s.verifySignature(r, b, q.client, keyID); f != nil {
		return nil, f
	}
	if f := q.check(); f != nil {
		return nil, f
	}
	g := &grant{client: q.client, access: q.access, subject: q.subject}
	if !q.needsInteraction() {
		g.state = grantIssued
		s.mu.Lock()
		defer s.mu.Unlock()
		s.keepGrant(g)
		return s.issue(g), nil
	}
	return s.askUser(r, q, g)
}

// askUser answers with the consent URL.
func (s *Server) askUser(r *http.Request, q *grantRequest, g *grant) (any, *refusal) {
	if !q.interact {
		return nil, refuse(http.StatusBadRequest, invalidRequest, "missing required request field 'interact'", "")
	}
	var err error
	if g.clientName, err = s.publicName(r.Context(), q.client); err != nil {
		return nil, refuse(http.StatusBadRequest, invalidClient, "missing required request field 'client'", err.Error())
	}
	g.finish = q.finish
	g.interaction = &interaction{id: newUUID(), nonce: newNonce(), ref: newUUID()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keepGrant(g)
	return grantAnswer{
		Interact: &interactAnswer{Redirect: s.consentURL(g), Finish: g.interaction.nonce},
		Continue: s.continuation(g, true),
	}, nil
}

// consentURL is where the client sends the user.
func (s *Server) consentURL(g *grant) string {
	return s.interactBase() + g.interaction.id + "/" + g.interaction.nonce +
		"?clientName=" + url.QueryEscape(g.clientName) + "&clientUri=" + url.QueryEscape(g.client.walletAddress)
}
