package authserver

import (
	"net/http"
	"net/url"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/random"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/wallets"
)

// requestGrant answers POST to the grant endpoint (RFC 9635 section 2).
func (s *Server) requestGrant(r *http.Request, b *message.Body) (any, *message.Refusal) {
	q, f := parseGrantRequest(b.Canonical, s.config.Client)
	if f != nil {
		return nil, f
	}
	if q.finish != nil {
		s.secrets.Add(q.finish.nonce)
	}
	keyID, f := message.CheckHeaders(r, b)
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

// askUser keeps the grant and answers with the consent URL.
func (s *Server) askUser(r *http.Request, q *grantRequest, g *grant) (any, *message.Refusal) {
	if !q.interact {
		return nil, message.Refuse(http.StatusBadRequest, message.InvalidRequest, "missing required request field 'interact'", "")
	}
	if g.consent = s.wallets.ConsentOf(g.userWallet()); g.consent == wallets.Nonsense {
		return nil, message.WebPage("the wallet answers nonsense")
	}
	var err error
	if g.clientName, err = s.wallets.PublicName(r.Context(), q.client); err != nil {
		return nil, message.Refuse(http.StatusBadRequest, message.InvalidClient, "missing required request field 'client'", err.Error())
	}
	g.finish = q.finish
	g.interaction = &interaction{id: random.UUID(), nonce: random.Nonce(), ref: random.UUID()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keepGrant(g)
	return grantAnswer{
		Interact: &interactAnswer{Redirect: s.consentURL(g), Finish: g.interaction.nonce},
		Continue: s.continuation(g, true),
	}, nil
}

// userWallet returns the wallet address that a grant is about, "" if it names none.
func (g *grant) userWallet() string {
	for _, a := range g.access {
		if a.NeedsInteraction() && a.Identifier != "" {
			return a.Identifier
		}
	}
	return g.subject
}

// consentURL returns the URL to which the client sends the user.
func (s *Server) consentURL(g *grant) string {
	return s.interactBase() + g.interaction.id + "/" + g.interaction.nonce +
		"?clientName=" + url.QueryEscape(g.clientName) + "&clientUri=" + url.QueryEscape(g.client.WalletAddress)
}
