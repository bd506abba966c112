package authserver

import (
	"slices"
	"strings"
	"time"
)

// A LiveToken is an access token that a resource server accepts now.
type LiveToken struct {
	Value       string
	ManageURI   string
	ContinueURI string // of its grant
	Client      string // a wallet address
	Interactive bool   // a user consented to its grant
	MadeAt      time.Time
	ExpiresAt   time.Time
}

// LiveTokens returns the tokens that a resource server accepts now, oldest first.
func (s *Server) LiveTokens() []LiveToken {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []LiveToken
	for _, t := range s.tokens {
		if s.isLive(t) {
			all = append(all, LiveToken{
				Value: t.value, ManageURI: s.config.URL + "/token/" + t.manageID, ContinueURI: s.config.URL + "/continue/" + t.grant.id,
				Client: t.grant.client.Name(), Interactive: t.grant.interaction != nil, MadeAt: t.made, ExpiresAt: t.expiry(),
			})
		}
	}
	slices.SortFunc(all, func(a, b LiveToken) int {
		if c := a.MadeAt.Compare(b.MadeAt); c != 0 {
			return c
		}
		return strings.Compare(a.Value, b.Value)
	})
	return all
}
