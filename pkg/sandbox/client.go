package sandbox

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// A client is who asks for a grant: a wallet address, or for a grant without an
// interaction just a key ("directed identity").
type client struct {
	walletAddress string
	jwk           *JWK
}

const (
	foreignTimeout = 5 * time.Second
	foreignLimit   = 64 << 10
)

var errNoForeignClients = errors.New("it is no wallet of this server, and Config.ForeignClients is nil")

// key finds the client's key, anew for every request, as the reference
// implementation does.
func (s *Server) key(ctx context.Context, c client, keyID string) (ed25519.PublicKey, error) {
	if c.jwk != nil {
		return findKey([]JWK{*c.jwk}, keyID)
	}
	s.count(func(n *Stats) { n.KeyReads++ })
	if f := s.takeFault(OpKeys); f != nil {
		if err := f.wait(ctx, s.done); err != nil {
			return nil, err
		}
		if f.breaks() {
			return nil, errors.New("a fault was asked for")
		}
	}
	s.mu.Lock()
	w := s.wallet(c.walletAddress)
	var keys []JWK
	if w != nil {
		keys = w.Keys
	}
	s.mu.Unlock()
	if w == nil {
		var set keySet
		if err := s.readForeign(ctx, c.walletAddress+"/jwks.json", &set); err != nil {
			return nil, err
		}
		keys = set.Keys
	}
	return findKey(keys, keyID)
}

// publicName is the client's name for people.
func (s *Server) publicName(ctx context.Context, c client) (string, error) {
	s.mu.Lock()
	w, name := s.wallet(c.walletAddress), ""
	if w != nil {
		name = w.PublicName
	}
	s.mu.Unlock()
	switch {
	case c.jwk != nil:
		return "", errors.New("a client that is just a key cannot ask for a consent")
	case w == nil:
		var doc walletDocument
		if err := s.readForeign(ctx, c.walletAddress, &doc); err != nil {
			return "", err
		}
		name = doc.PublicName
	}
	if name == "" {
		return "", errors.New("the client's wallet address has no publicName")
	}
	return name, nil
}

func (s *Server) readForeign(ctx context.Context, url string, doc any) error {
	if s.config.ForeignClients == nil {
		return errNoForeignClients
	}
	ctx, cancel := context.WithTimeout(ctx, foreignTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Accept", "application/json")
	a, err := s.config.ForeignClients.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = a.Body.Close() }()
	if a.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, a.Status)
	}
	return json.NewDecoder(io.LimitReader(a.Body, foreignLimit)).Decode(doc)
}
