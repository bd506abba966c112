// Package authserver is the GNAP authorization server of the sandbox (RFC 9635):
// grants, the user's consent to them, and access tokens.
package authserver

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/calls"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/secrets"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/wallets"
)

// Config says where the server is and how it behaves.
type Config struct {
	URL      string   // that its other URLs begin with, without a slash at the end
	Endpoint string   // the grant endpoint as the wallet addresses publish it
	Hashed   string   // the spelling of the grant endpoint in the finish hash
	Browser  *url.URL // what URL is to browsers

	Wait, TokenLife, ConsentLife, Work time.Duration

	Client    ClientForm // that grant requests may have
	Base64URL bool       // the finish hash is in base64url without padding
	Now       func() time.Time
}

// A ClientForm is a form of the member client of a grant request.
type ClientForm int

// The forms that a server takes.
const (
	EitherForm ClientForm = iota // a string or an object
	StringForm                   // a string alone
	ObjectForm                   // an object alone
)

// A Server is an authorization server. Make one with [New].
type Server struct {
	config  Config
	scheme  string // of the URLs that clients sign
	path    string // of the server's URL
	calls   *calls.Calls
	wallets *wallets.Directory
	secrets *secrets.Set

	mu            sync.Mutex
	grants        map[string]*grant // by the id in the continue URI
	oldest        []*grant          // in the order in which they were made
	byInteraction map[string]*grant
	byRef         map[string]*grant
	tokens        map[string]*token // by the id in the manage URI
	byValue       map[string]*token
}

// New returns a server without grants.
func New(c Config, calls *calls.Calls, wallets *wallets.Directory, secrets *secrets.Set) (*Server, error) {
	u, err := url.Parse(c.URL)
	if err != nil {
		return nil, err
	}
	return &Server{
		config: c, scheme: u.Scheme, path: u.Path, calls: calls, wallets: wallets, secrets: secrets,
		grants: map[string]*grant{}, byInteraction: map[string]*grant{}, byRef: map[string]*grant{},
		tokens: map[string]*token{}, byValue: map[string]*token{},
	}, nil
}

// interactPath is where the browser's pages are, below the server's URL.
const interactPath = "/interact/"

// interactBase is what consent URLs begin with.
func (s *Server) interactBase() string { return s.config.Browser.String() + interactPath }

// work waits as long as requests can race.
func (s *Server) work(ctx context.Context) error { return s.calls.Sleep(ctx, s.config.Work) }

// An operation is a signed request of a client.
type operation struct {
	op    calls.Op
	count func(*calls.Stats, *message.Body)
	act   func(r *http.Request, b *message.Body) (any, *message.Refusal)
}

// Serve answers a request. path is below the server's URL.
func (s *Server) Serve(w http.ResponseWriter, r *http.Request, path string) {
	if rest, ok := strings.CutPrefix("/"+path, interactPath); ok {
		s.calls.Serve(calls.Consent, w, r, func(w http.ResponseWriter) *message.Refusal {
			if f := message.NotAcceptable(r); f != nil {
				f.Write(w)
				return f
			}
			return s.serveInteraction(w, r, rest)
		})
		return
	}
	k := s.operation(r.Method, path)
	if k == nil {
		message.PlainText(http.StatusNotFound, "").Write(w)
		return
	}
	b, f := message.ReadBody(w, r)
	if b == nil {
		b = &message.Body{}
	}
	s.calls.Count(func(n *calls.Stats) { k.count(n, b) })
	s.calls.Serve(k.op, w, r, func(w http.ResponseWriter) *message.Refusal {
		answer, f := any(nil), f
		if f == nil {
			answer, f = k.act(r, b)
		}
		switch {
		case f != nil:
			f.Write(w)
		case answer == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			w.Header().Set("Cache-Control", "no-store")
			message.WriteJSON(w, http.StatusOK, answer)
		}
		return f
	})
}

// operation returns nil for a path that the server does not have.
func (s *Server) operation(method, path string) *operation {
	kind, id, _ := strings.Cut(path, "/")
	on := func(act func(*http.Request, *message.Body, string) (any, *message.Refusal)) func(*http.Request, *message.Body) (any, *message.Refusal) {
		return func(r *http.Request, b *message.Body) (any, *message.Refusal) { return act(r, b, id) }
	}
	switch {
	case method == http.MethodPost && path == "":
		return &operation{calls.Grant, func(n *calls.Stats, _ *message.Body) { n.GrantRequests++ }, s.requestGrant}
	case id == "" || strings.Contains(id, "/"):
		return nil
	case method == http.MethodPost && kind == "continue":
		return &operation{calls.Continue, countContinue, on(s.continueGrant)}
	case method == http.MethodDelete && kind == "continue":
		return &operation{calls.Cancel, func(n *calls.Stats, _ *message.Body) { n.Cancels++ }, on(s.cancel)}
	case method == http.MethodPost && kind == "token":
		return &operation{calls.Rotate, func(n *calls.Stats, _ *message.Body) { n.Rotations++ }, on(s.rotate)}
	case method == http.MethodDelete && kind == "token":
		return &operation{calls.Revoke, func(n *calls.Stats, _ *message.Body) { n.Revocations++ }, on(s.revokeToken)}
	}
	return nil
}

func countContinue(n *calls.Stats, b *message.Body) {
	if b.IsEmpty() {
		n.Polls++
	} else {
		n.Continues++
	}
}

// verifySignature reads the client's key and verifies the signature with it.
func (s *Server) verifySignature(r *http.Request, b *message.Body, c wallets.Client, keyID string) *message.Refusal {
	key, err := s.wallets.Key(r.Context(), c, keyID)
	if err != nil {
		return message.Refuse(http.StatusBadRequest, message.InvalidClient, "could not determine client", err.Error())
	}
	return message.Verify(s.scheme, key, r, b)
}
