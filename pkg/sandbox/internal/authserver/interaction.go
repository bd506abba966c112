package authserver

import (
	"net/http"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/wallets"
)

// A landing is where an interaction sends the browser.
type landing struct {
	redirect string           // to the client,
	f        *message.Refusal // or a page with an error,
	done     bool             // or a page that says that it is done: the client polls
	g        *grant
}

// lookup returns the grant of an interaction, nil if there is none. The caller holds
// s.mu.
func (s *Server) lookup(id, nonce string) *grant {
	g := s.byInteraction[id]
	if g == nil || g.interaction.nonce != nonce {
		return nil
	}
	return g
}

func unknown() landing {
	return landing{f: message.Refuse(http.StatusNotFound, message.UnknownInteraction, "unknown interaction", "")}
}

// result sends the browser back without a hash. Nothing authenticates the result.
func result(g *grant, result, message string) landing {
	pairs := []string{"result", result}
	if message != "" {
		pairs = append(pairs, "message", message)
	}
	return landing{redirect: withQuery(g.finish.uri, pairs...), g: g}
}

// start handles a browser that opens the consent URL. It returns no landing if the
// user is to be asked. The caller holds s.mu.
func (s *Server) start(id, nonce string) (g *grant, to *landing) {
	g = s.lookup(id, nonce)
	switch {
	case g == nil:
		return nil, &landing{f: message.Refuse(http.StatusBadRequest, message.UnknownInteraction, "unknown interaction", "")}
	case g.interaction.choice == undecided && g.state != grantRevoked:
		return g, nil
	case g.finish == nil:
		return g, &landing{f: message.Refuse(http.StatusForbidden, message.InvalidInteraction, "invalid interaction", "the user has chosen before, or the grant is cancelled")}
	}
	l := result(g, message.InvalidInteraction, "invalid interaction")
	return g, &l
}

// decide handles a browser that opens the consent URL of a wallet whose user has
// decided already. It returns nil if the user is to be asked. The caller holds s.mu.
func (s *Server) decide(g *grant) *landing {
	c, known := map[wallets.Consent]choice{
		wallets.Approves: accepted, wallets.Revokes: accepted, wallets.Refuses: denied, wallets.Leaves: undecided}[g.consent]
	if !known {
		return nil
	}
	i := g.interaction
	if c != undecided {
		_ = s.choose(i.id, i.nonce, c) // too late: the finish page says so
	}
	to := s.finishInteraction(i.id, i.nonce, i.nonce)
	return &to
}

// choose handles a user who clicks a button. The caller holds s.mu.
func (s *Server) choose(id, nonce string, c choice) *message.Refusal {
	g := s.lookup(id, nonce)
	switch {
	case g == nil:
		return message.Refuse(http.StatusNotFound, message.UnknownInteraction, "unknown interaction", "")
	case g.state == grantRejected || g.state == grantRevoked:
		return message.Refuse(http.StatusUnauthorized, message.UserDenied, "user denied interaction", "")
	case g.interaction.choice != undecided || s.isExpired(g):
		return message.Refuse(http.StatusBadRequest, message.InvalidInteraction, "invalid interaction", "the user has chosen before, or too late")
	}
	g.interaction.choice = c
	return nil
}

// finishInteraction handles a browser that opens the finish page. sessionNonce is
// the nonce of the interaction that the browser opened last. The caller holds s.mu.
func (s *Server) finishInteraction(id, nonce, sessionNonce string) landing {
	g := s.lookup(id, nonce)
	if g == nil {
		return unknown()
	}
	answer := func(f *message.Refusal, code, message string) landing {
		if g.finish == nil {
			return landing{f: f, g: g}
		}
		return result(g, code, message)
	}
	switch {
	case s.isExpired(g):
		return answer(message.Refuse(http.StatusUnauthorized, message.InvalidInteraction, "interaction expired", ""), message.InvalidInteraction, "interaction expired")
	case sessionNonce != nonce:
		return answer(message.Refuse(http.StatusUnauthorized, message.InvalidRequest, "invalid session", "another grant took over the browser's session"), message.InvalidInteraction, "invalid interaction")
	case g.state == grantRevoked:
		return answer(message.Refuse(http.StatusNotFound, message.UnknownInteraction, "unknown interaction", "the grant is cancelled"), message.UnknownInteraction, "unknown interaction")
	}
	switch g.interaction.choice {
	case accepted:
		g.state = grantApproved // also an issued grant: its reference works again
	case denied:
		g.state = grantRejected
	case undecided:
		return answer(message.Refuse(http.StatusUnauthorized, message.InvalidInteraction, "interaction is not active", "the user has not chosen"), "grant_invalid", "")
	}
	switch {
	case g.finish == nil:
		return landing{done: true, g: g}
	case g.interaction.choice == denied:
		return result(g, "grant_rejected", "")
	}
	hash := s.hash(g)
	s.secrets.Add(hash)
	return landing{redirect: withQuery(g.finish.uri, "hash", hash, "interact_ref", g.interaction.ref), g: g}
}

// isExpired reports whether it is too late to consent. The caller holds s.mu.
func (s *Server) isExpired(g *grant) bool {
	return s.config.Now().After(g.created.Add(s.config.ConsentLife))
}
