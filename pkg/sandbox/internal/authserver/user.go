package authserver

import (
	"errors"
	"fmt"
	"strings"
)

// Approve does what a user does who opens the consent URL and accepts.
func (s *Server) Approve(consentURL string) (finishURL string, err error) {
	return s.interact(consentURL, accepted)
}

// Refuse does what a user does who opens the consent URL and refuses.
func (s *Server) Refuse(consentURL string) (finishURL string, err error) {
	return s.interact(consentURL, denied)
}

// Leave does what a user does who opens the consent URL and leaves without choosing.
func (s *Server) Leave(consentURL string) (finishURL string, err error) {
	return s.interact(consentURL, undecided)
}

// Reopen does what a user does who opens the finish page again.
func (s *Server) Reopen(consentURL string) (finishURL string, err error) {
	id, nonce, err := s.parseConsentURL(consentURL)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.finishInteraction(id, nonce, nonce).url()
}

// RevokeGrant does what a user does who takes the consent back at the wallet.
func (s *Server) RevokeGrant(consentURL string) error {
	id, nonce, err := s.parseConsentURL(consentURL)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.lookup(id, nonce)
	if g == nil {
		return errors.New("sandbox: no grant has this consent URL")
	}
	s.revoke(g)
	return nil
}

func (s *Server) interact(consentURL string, c choice) (string, error) {
	id, nonce, err := s.parseConsentURL(consentURL)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, to := s.start(id, nonce); to != nil {
		return to.url()
	}
	if c != undecided {
		// The page shows a refusal to the user, who then opens the finish page.
		_ = s.choose(id, nonce, c)
	}
	return s.finishInteraction(id, nonce, nonce).url()
}

func (s *Server) parseConsentURL(consentURL string) (id, nonce string, err error) {
	path, ok := strings.CutPrefix(consentURL, s.interactBase())
	path, _, _ = strings.Cut(path, "?")
	id, nonce, hasNonce := strings.Cut(path, "/")
	if !ok || !hasNonce || strings.Contains(nonce, "/") {
		return "", "", fmt.Errorf("sandbox: not a consent URL of this server: they begin with %s", s.interactBase())
	}
	return id, nonce, nil
}

func (l landing) url() (string, error) {
	if l.f != nil {
		return "", fmt.Errorf("sandbox: the wallet shows an error: %s (%s)", l.f.Description, l.f.Code)
	}
	return l.redirect, nil
}
