package sandbox

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// authorize checks the access token and then the signature, by a key of the
// client that the token was given to. walletAddress is "" where any will do.
func (s *Server) authorize(q *resourceRequest, kind, action, walletAddress string) *refusal {
	if f := s.introspect(q, kind, action, walletAddress); f != nil {
		q.header.Set("WWW-Authenticate", "GNAP as_uri="+s.AuthServer())
		return f
	}
	return s.verifyResourceSignature(q)
}

// introspect finds what the token allows.
func (s *Server) introspect(q *resourceRequest, kind, action, walletAddress string) *refusal {
	scheme, value, ok := strings.Cut(q.r.Header.Get("Authorization"), " ")
	if !ok || scheme != "GNAP" || strings.Contains(value, " ") {
		return resourceError(http.StatusUnauthorized, "Missing or invalid authorization header value", "Authorization: GNAP and an access token are needed")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.byValue[value]
	if t == nil || !s.works(t) {
		const hint = "the access token has expired, was rotated or revoked, or is unknown"
		if s.config.DeadToken == DeadTokenForbidden {
			return resourceError(http.StatusForbidden, "Inactive Token", hint)
		}
		return resourceError(http.StatusUnauthorized, "Invalid Token", hint)
	}
	q.client = t.grant.client
	if q.access = t.grant.find(kind, action, walletAddress); q.access == nil {
		return resourceError(http.StatusForbidden, "Insufficient Grant", "the grant has no "+kind+" access with the action "+action+" for this wallet address")
	}
	q.all = slices.Contains(q.access.actions, action+"-all")
	return nil
}

// find is the first access item that allows an action.
func (g *grant) find(kind, action, walletAddress string) *access {
	for i := range g.access {
		a := &g.access[i]
		allows := slices.Contains(a.actions, action) || slices.Contains(a.actions, action+"-all")
		fits := a.identifier == "" || walletAddress == "" || a.identifier == walletAddress
		if a.kind == kind && allows && fits {
			return a
		}
	}
	return nil
}

// verifyResourceSignature gives all faults the same status, unlike the
// authorization server.
func (s *Server) verifyResourceSignature(q *resourceRequest) *refusal {
	wrong := func(what, hint string) *refusal {
		return resourceError(http.StatusUnauthorized, "Signature validation error: "+what, hint)
	}
	const invalid = "provided signature is invalid"
	keyID, f := checkSignatureHeaders(q.r, q.body)
	switch {
	case f != nil && f.description == badSignatureInput:
		return wrong("missing keyId in signature input", f.hint)
	case f != nil:
		return wrong(invalid, f.hint)
	}
	key, err := s.key(q.r.Context(), q.client, keyID)
	switch {
	case errors.Is(err, errUnknownKey):
		return wrong("could not find key in list of client keys", err.Error())
	case err != nil:
		return wrong("could not retrieve client keys", err.Error())
	}
	if f := s.verifyWith(key, q.r, q.body); f != nil {
		return wrong(invalid, f.hint)
	}
	return nil
}

// name is one that two clients do not share.
func (c client) name() string {
	if c.jwk != nil {
		return "jwk " + c.jwk.X
	}
	return c.walletAddress
}
