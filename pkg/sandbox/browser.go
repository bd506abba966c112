package sandbox

// Approve does what a user does who opens the consent URL and accepts. It returns
// the URL to which the wallet sends the browser, "" for a client that polls. As in a
// browser, that URL can also say that it is too late (result=invalid_interaction) or
// that the grant was cancelled.
func (s *Server) Approve(consentURL string) (finishURL string, err error) {
	return s.auth.Approve(consentURL)
}

// Refuse does what a user does who opens the consent URL and refuses.
func (s *Server) Refuse(consentURL string) (finishURL string, err error) {
	return s.auth.Refuse(consentURL)
}

// Leave does what a user does who opens the consent URL and leaves without choosing.
func (s *Server) Leave(consentURL string) (finishURL string, err error) {
	return s.auth.Leave(consentURL)
}

// Reopen does what a user does who opens the server's finish page again, with the
// browser's back button. It returns the same URL once more. If a token was issued
// already, that approves the grant again.
func (s *Server) Reopen(consentURL string) (finishURL string, err error) {
	return s.auth.Reopen(consentURL)
}

// RevokeGrant does what a user does who takes the consent back at the wallet. Nobody
// notifies the client.
func (s *Server) RevokeGrant(consentURL string) error { return s.auth.RevokeGrant(consentURL) }
