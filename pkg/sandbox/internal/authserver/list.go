package authserver

import "time"

// A Grant is a grant that a user was asked for, as the wallet sees it.
type Grant struct {
	ConsentURL string
	Client     string // a wallet address
	User       string // a wallet address, "" if the client named none
	State      string // pending, approved, issued, rejected or revoked
	MadeAt     time.Time
}

var stateNames = map[grantState]string{grantPending: "pending", grantApproved: "approved", grantIssued: "issued",
	grantRejected: "rejected", grantRevoked: "revoked"}

// Grants returns the grants that users were asked for, oldest first.
func (s *Server) Grants() []Grant {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Grant
	for _, g := range s.oldest {
		if g.interaction != nil {
			all = append(all, Grant{s.consentURL(g), g.client.Name(), g.userWallet(), stateNames[g.state], g.created})
		}
	}
	return all
}
