package signingkey

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/httpsig"
	"github.com/opgrants/opgrants/pkg/opclient"
)

var _ grant.AuthorizationServer = (*Client)(nil)

// A server is an authorization server that knows one key at a time.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	accepts  *Key // nil: none
	answers  func(w http.ResponseWriter) bool
	requests int
	body     string // of the last request
}

func newServer(t *testing.T, accepts *Key) *server {
	t.Helper()
	s := &server{accepts: accepts}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) accept(k *Key) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accepts = k
}

func (s *server) seen() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

func (s *server) last() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.body
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if r.Method == http.MethodGet {
		s.wallet(w)
		return
	}
	s.requests++
	body, _ := io.ReadAll(r.Body)
	s.body, r.Body = string(body), io.NopCloser(bytes.NewReader(body))
	if err := s.verify(r); err != nil {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprint(w, `{"error":{"code":"invalid_client","description":"invalid signature"}}`)
		return
	}
	if s.answers != nil && s.answers(w) {
		return
	}
	if r.Method == http.MethodDelete {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	_, _ = fmt.Fprintf(w, `{"access_token":{"value":"token","manage":"%[1]s/token/1","access":[{"type":"quote","actions":["create"]}]},
		"continue":{"access_token":{"value":"more"},"uri":"%[1]s/continue/1"}}`, s.URL)
}

func (s *server) wallet(w http.ResponseWriter) {
	_ = json.NewEncoder(w).Encode(opclient.WalletAddress{
		ID: s.URL + "/alice", PublicName: "Alice", AssetCode: "USD", AssetScale: 2, AuthServer: s.URL + "/auth", ResourceServer: s.URL,
	})
}

func (s *server) verify(r *http.Request) error {
	v := httpsig.Verifier{Key: func(id string) (ed25519.PublicKey, error) {
		if s.accepts == nil || s.accepts.KeyID != id {
			return nil, errors.New("not in the JWKS")
		}
		return s.accepts.Signer().Public().(ed25519.PublicKey), nil
	}}
	_, err := v.Verify(r)
	return err
}

// calls are all that a Client signs.
func (s *server) calls() map[string]func(context.Context, *Client) error {
	k := opclient.Continue{URI: s.URL + "/continue/1", Token: "more"}
	return map[string]func(context.Context, *Client) error{
		"RequestGrant": func(ctx context.Context, c *Client) error { return requestGrant(ctx, c, s) },
		"Continue": func(ctx context.Context, c *Client) error {
			_, err := c.Continue(ctx, k, "reference")
			return err
		},
		"Poll": func(ctx context.Context, c *Client) error {
			g, err := c.Poll(ctx, k)
			if err == nil && (g.Token.Value != "token" || s.last() != "") {
				return fmt.Errorf("the answer to %q is %+v", s.last(), g)
			}
			return err
		},
		"Cancel": func(ctx context.Context, c *Client) error { return c.Cancel(ctx, k) },
		"Rotate": func(ctx context.Context, c *Client) error {
			rotated, err := c.Rotate(ctx, &opclient.Token{Value: "old", Manage: s.URL + "/token/1"})
			if err == nil && rotated.Value != "token" {
				return fmt.Errorf("the answer is %+v", rotated)
			}
			return err
		},
	}
}

func requestGrant(ctx context.Context, c *Client, s *server) error {
	g, err := c.RequestGrant(ctx, s.URL+"/auth", opclient.GrantRequest{
		Access: []opclient.Access{{Type: opclient.TypeQuote, Actions: []string{"create"}}},
	})
	if err == nil && g.Token.Value != "token" {
		return fmt.Errorf("the answer is %+v", g)
	}
	return err
}

// A shelf is a source whose key tests replace. It counts how often it is read.
type shelf struct {
	mu    sync.Mutex
	key   *Key
	err   error
	gate  chan struct{} // reads wait for it; nil: they do not
	reads int
}

func (s *shelf) Read(ctx context.Context) (*Key, error) {
	s.mu.Lock()
	s.reads++
	gate := s.gate
	s.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.key, s.err
}

func (s *shelf) put(k *Key, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key, s.err = k, err
}

func (s *shelf) mustHaveBeenRead(t *testing.T, times int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reads != times {
		t.Errorf("the key was read %d times, want %d", s.reads, times)
	}
}

// A clock stands still until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func newClient(t *testing.T, source Source) (*Client, *clock) {
	t.Helper()
	base, err := opclient.New(opclient.Config{InsecureAllowLocal: true})
	if err != nil {
		t.Fatal(err)
	}
	c := NewClient(source, base)
	clock := &clock{at: time.Now()}
	c.keys.now = clock.now
	return c, clock
}

func newKey(t *testing.T, id string) *Key {
	t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return KeyOf("https://wallet.example/shop", id, private)
}

// limited is a context with a deadline, without which nothing is read or sent.
func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}
