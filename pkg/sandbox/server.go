package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox/internal/authserver"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/calls"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/message"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/resourceserver"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/secrets"
	"github.com/opgrants/opgrants/pkg/sandbox/internal/wallets"
)

const (
	authPath     = "auth" // the grant endpoint, below the public URL
	resourcePath = "op"   // the resource server
)

// A Server is a wallet. Several goroutines may use it at once. Make one with [Start]
// or [New].
type Server struct {
	config Config
	prefix string // the path of the public URL

	done      chan struct{} // closed by Close
	calls     *calls.Calls
	secrets   *secrets.Set
	wallets   *wallets.Directory
	auth      *authserver.Server
	resources *resourceserver.Server

	listening struct {
		sync.Mutex
		addr   string
		server *http.Server // nil: not listening
	}
	close func()
}

// New returns a wallet that does not listen: an [http.Handler] to mount at
// c.PublicURL, which is required. Requests must arrive with their whole path.
func New(c Config) (*Server, error) {
	u, err := parseBase("PublicURL", c.PublicURL)
	if err != nil {
		return nil, err
	}
	browser, err := parseBase("ConsentURL", cmp.Or(c.ConsentURL, c.PublicURL))
	if err != nil {
		return nil, err
	}
	if browser.Path != u.Path {
		return nil, fmt.Errorf("sandbox: ConsentURL %q must have the path of PublicURL %q", c.ConsentURL, c.PublicURL)
	}
	c = c.withDefaults()
	s := &Server{config: c, prefix: u.Path, done: make(chan struct{}), secrets: &secrets.Set{}}
	s.close = sync.OnceFunc(func() { close(s.done) })
	s.calls = calls.New(c.Log, s.done)
	if c.Hostile != 0 {
		s.calls.BeHostile(c.Hostile)
	}
	s.wallets = wallets.New(wallets.Config{URL: c.PublicURL, AuthServer: s.AuthServer(), ResourceServer: s.ResourceServer(), Foreign: c.ForeignClients}, s.calls, s.done)
	s.auth, err = authserver.New(authserver.Config{
		URL: s.authBase(), Endpoint: s.AuthServer(), Hashed: s.hashedEndpoint(u), Browser: browser.JoinPath(authPath),
		Wait: c.Wait, TokenLife: c.TokenLife, ConsentLife: c.ConsentLife, Work: c.Work,
		Client: authserver.ClientForm(c.Client), Base64URL: c.HashEncoding == HashBase64URL, Now: c.Now,
	}, s.calls, s.wallets, s.secrets)
	if err != nil {
		return nil, err
	}
	s.resources, err = resourceserver.New(resourceserver.Config{
		Wallets: c.PublicURL, URL: s.ResourceServer(), AuthServer: s.AuthServer(),
		QuoteLife: c.QuoteLife, IncomingPaymentLife: c.IncomingPaymentLife, SendTime: c.SendTime,
		Fee: resourceserver.Fee(c.Fee), Rates: c.Rates, Now: c.Now,
	}, s.calls, s.wallets, s.auth, s.secrets)
	return s, err
}

func parseBase(name, base string) (*url.URL, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || strings.HasSuffix(u.Path, "/") {
		return nil, fmt.Errorf("sandbox: %s %q must be like https://wallet.example: no query, no slash at the end", name, base)
	}
	return u, nil
}

// ServeHTTP answers clients and browsers.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.secrets.AddRequest(r)
	path, ok := strings.CutPrefix(r.URL.Path, s.prefix+"/")
	if !ok {
		message.PlainText(http.StatusNotFound, "").Write(w)
		return
	}
	switch first, rest, _ := strings.Cut(path, "/"); first {
	case authPath:
		s.auth.Serve(w, r, rest)
	case resourcePath:
		s.resources.Serve(w, r, rest)
	default:
		s.wallets.Serve(w, r, path)
	}
}

// Start returns a wallet that listens at c.Addr until it is closed.
func Start(c Config) (*Server, error) {
	c.Addr = c.withDefaults().Addr
	listener, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return nil, fmt.Errorf("sandbox: listen: %w", err)
	}
	if c.PublicURL == "" {
		c.PublicURL = "http://" + listener.Addr().String()
	}
	s, err := New(c)
	if err != nil {
		_ = listener.Close()
		return nil, err
	}
	s.listening.addr = listener.Addr().String()
	s.serve(listener)
	return s, nil
}

// serve answers the connections of listener. The caller holds s.listening, or is the
// only one that knows s.
func (s *Server) serve(listener net.Listener) {
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	s.listening.server = server
	go func() { _ = server.Serve(listener) }() // it ends when it is closed
}

// URL returns the base of all the server's URLs, without a slash at the end.
func (s *Server) URL() string { return s.config.PublicURL }

// AuthServer returns the URL of the grant endpoint, as the wallet addresses publish
// it.
func (s *Server) AuthServer() string {
	if s.config.AuthServerSlash {
		return s.authBase() + "/"
	}
	return s.authBase()
}

// authBase is what the other URLs of the authorization server begin with.
func (s *Server) authBase() string { return s.URL() + "/" + authPath }

// hashedEndpoint returns the grant endpoint as the finish hash has it.
func (s *Server) hashedEndpoint(public *url.URL) string {
	switch s.config.HashEndpoint {
	case EndpointOtherSlash:
		if s.config.AuthServerSlash {
			return s.authBase()
		}
		return s.authBase() + "/"
	case EndpointOrigin:
		return public.Scheme + "://" + public.Host + "/"
	}
	return s.AuthServer()
}

// ResourceServer returns the base URL of payments and quotes, as the wallet addresses
// publish it.
func (s *Server) ResourceServer() string { return s.URL() + "/" + resourcePath }

// Close stops listening and breaks open connections.
func (s *Server) Close() error {
	s.close()
	return s.Down()
}

// Down makes the server unreachable: it stops listening and breaks open connections.
// It keeps everything that it knows.
func (s *Server) Down() error {
	s.listening.Lock()
	defer s.listening.Unlock()
	if s.listening.server == nil {
		return nil
	}
	err := s.listening.server.Close()
	s.listening.server = nil
	return err
}

// Up makes the server listen again at the address where it did.
func (s *Server) Up() error {
	s.listening.Lock()
	defer s.listening.Unlock()
	switch {
	case s.isClosed():
		return errors.New("sandbox: it is closed")
	case s.listening.addr == "":
		return errors.New("sandbox: it never listened: it was made with New")
	case s.listening.server != nil:
		return nil
	}
	listener, err := net.Listen("tcp", s.listening.addr)
	if err != nil {
		return fmt.Errorf("sandbox: listen again: %w", err)
	}
	s.serve(listener)
	return nil
}

func (s *Server) isClosed() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}
