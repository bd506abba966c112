package sandbox

import (
	"net/http"
)

// A landing is where an interaction leads the browser: to the client, or to a
// page of ours.
type landing struct {
	redirect string   // to the client
	f        *refusal // or an error
	done     bool     // or nothing more to do: the client polls
	g        *grant
}

// lookup finds the grant of an interaction. s.mu is held.
func (s *Server) lookup(id, nonce string) *grant {
	g := s.byInteraction[id]
	if g == nil || g.interaction.nonce != nonce {
		return nil
	}
	return g
}

func (s *Server) unknown() landing {
	return landing{f: refuse(http.StatusNotFound, unknownInteraction, "unknown interaction", "")}
}

// result sends the browser back without a hash: nothing authenticates it.
func result(g *grant, result, message string) landing {
	pairs := []string{"result", result}
	if message != "" {
		pairs = append(pairs, "message", message)
	}
	return landing{redirect: withQuery(g.finish.uri, pairs...), g: g}
}

// start is the browser opening the consent URL. Without a landing the user is
// asked.
func (s *Server) start(id, nonce string) (g *grant, to *landing) {
	g = s.lookup(id, nonce)
	switch {
	case g == nil:
		return nil, &landing{f: refuse(http.StatusBadRequest, unknownInteraction, "unknown interaction", "")}
	case g.interaction.choice == undecided && g.state != grantRevoked:
		return g, nil
	case g.finish == nil:
		return g, &landing{f: refuse(http.StatusForbidden, invalidInteraction, "invalid interaction", "the user has chosen before, or the grant is cancelled")}
	}
	l := result(g, invalidInteraction, "invalid interaction")
	return g, &l
}

// choose is the user clicking a button.
func (s *Server) choose(id, nonce string, c choice) *refusal {
	g := s.lookup(id, nonce)
	switch {
	case g == nil:
		return refuse(http.StatusNotFound, unknownInteraction, "unknown interaction", "")
	case g.state == grantRejected || g.state == grantRevoked:
		return refuse(http.StatusUnauthorized, "user_denied", "user denied interaction", "")
	case g.interaction.choice != undecided || s.isExpired(g):
		return refuse(http.StatusBadRequest, invalidInteraction, "invalid interaction", "the user has chosen before, or too late")
	}
	g.interaction.choice = c
	return nil
}

// finishInteraction is the browser opening the finish page, in a session that
// began with the interaction whose nonce is sessionNonce.
func (s *Server) finishInteraction(id, nonce, sessionNonce string) landing {
	g := s.lookup(id, nonce)
	if g == nil {
		return s.unknown()
	}
	answer := func(f *refusal, code, message string) landing {
		if g.finish == nil {
			return landing{f: f, g: g}
		}
		return result(g, code, message)
	}
	switch {
	case s.isExpired(g):
		return answer(refuse(http.StatusUnauthorized, invalidInteraction, "interaction expired", ""), invalidInteraction, "interaction expired")
	case sessionNonce != nonce:
		return answer(refuse(http.StatusUnauthorized, invalidRequest, "invalid session", "another grant took over the browser's session"), invalidInteraction, "invalid interaction")
	case g.state == grantRevoked:
		return answer(refuse(http.StatusNotFound, unknownInteraction, "unknown interaction", "the grant is cancelled"), unknownInteraction, "unknown interaction")
	}
	switch g.interaction.choice {
	case accepted:
		g.state = grantApproved // also of an issued grant: that opens the reference again
	case denied:
		g.state = grantRejected
	case undecided:
		return answer(refuse(http.StatusUnauthorized, invalidInteraction, "interaction is not active", "the user has not chosen"), "grant_invalid", "")
	}
	switch {
	case g.finish == nil:
		return landing{done: true, g: g}
	case g.interaction.choice == denied:
		return result(g, "grant_rejected", "")
	}
	hash := s.hash(g)
	s.secrets.add(hash)
	return landing{redirect: withQuery(g.finish.uri, "hash", hash, "interact_ref", g.interaction.ref), g: g}
}

// isExpired reports whether it is too late to consent. s.mu is held.
func (s *Server) isExpired(g *grant) bool {
	return s.config.Now().After(g.created.Add(s.config.ConsentLife))
}
