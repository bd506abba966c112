package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	authPath     = "auth"       // the grant endpoint, below the public URL
	resourcePath = "op"         // the resource server
	interactPath = "/interact/" // below the grant endpoint
)

// A Server is a wallet. It may be used by several goroutines at once. Make one
// with [Start] or [New].
type Server struct {
	config  Config
	url     string // of the public, without a slash at the end
	origin  string
	prefix  string // the path of url
	scheme  string
	consent *url.URL // what url is to browsers

	resources map[string]*resource // by method and path

	secrets secrets
	done    chan struct{} // closed by Close

	mu            sync.Mutex
	wallets       map[string]*Wallet // by name
	grants        map[string]*grant  // by continuation
	oldest        []*grant           // in the order in which they were made
	byInteraction map[string]*grant
	byRef         map[string]*grant
	tokens        map[string]*token // by the id in the manage URI
	byValue       map[string]*token
	accounts      map[string]*account // by the wallet's name
	incoming      map[string]*incomingPayment
	quotes        map[string]*quote
	oldestQuotes  []*quote
	outgoing      map[string]*outgoingPayment
	faults        map[Op][]Fault
	stats         Stats

	listening struct {
		sync.Mutex
		addr   string
		server *http.Server // nil: not listening
	}
	close func()
}

// maxGrants are remembered; the oldest is forgotten, with its tokens.
const maxGrants = 10_000

// New is a wallet that does not listen: an [http.Handler] to be mounted at
// c.PublicURL, which is needed. Requests must arrive with their whole path.
func New(c Config) (*Server, error) {
	u, err := parseBase("PublicURL", c.PublicURL)
	if err != nil {
		return nil, err
	}
	consent, err := parseBase("ConsentURL", cmp.Or(c.ConsentURL, c.PublicURL))
	if err != nil {
		return nil, err
	}
	if consent.Path != u.Path {
		return nil, fmt.Errorf("sandbox: ConsentURL %q must have the path of PublicURL %q", c.ConsentURL, c.PublicURL)
	}
	s := &Server{
		config: c.withDefaults(), url: c.PublicURL, origin: u.Scheme + "://" + u.Host, prefix: u.Path, scheme: u.Scheme, consent: consent,
		done:    make(chan struct{}),
		wallets: map[string]*Wallet{}, grants: map[string]*grant{}, byInteraction: map[string]*grant{}, byRef: map[string]*grant{},
		tokens: map[string]*token{}, byValue: map[string]*token{},
		accounts: map[string]*account{}, incoming: map[string]*incomingPayment{}, quotes: map[string]*quote{}, outgoing: map[string]*outgoingPayment{},
		faults: map[Op][]Fault{},
	}
	s.resources = s.resourceTable()
	s.close = sync.OnceFunc(func() { close(s.done) })
	return s, nil
}

func parseBase(name, base string) (*url.URL, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || strings.HasSuffix(u.Path, "/") {
		return nil, fmt.Errorf("sandbox: %s %q must be like https://wallet.example: no query, no slash at the end", name, base)
	}
	return u, nil
}

// Start is a wallet that listens at c.Addr until it is closed.
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

// serve begins to answer. s.listening is held, or nobody knows s yet.
func (s *Server) serve(listener net.Listener) {
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute}
	s.listening.server = server
	go func() { _ = server.Serve(listener) }() // it ends when it is closed
}

// URL is the base of all the server's URLs, without a slash at the end.
func (s *Server) URL() string { return s.url }

// AuthServer is the URL of the grant endpoint, as the wallet addresses have it.
func (s *Server) AuthServer() string {
	if s.config.AuthServerSlash {
		return s.authBase() + "/"
	}
	return s.authBase()
}

// authBase is what the other URLs of the authorization server begin with.
func (s *Server) authBase() string { return s.url + "/" + authPath }

// interactBase is what consent URLs begin with.
func (s *Server) interactBase() string { return s.consent.String() + "/" + authPath + interactPath }

// Close stops listening and breaks open connections.
func (s *Server) Close() error {
	s.close()
	return s.Down()
}

// Down makes the server unreachable: it stops listening and breaks open
// connections, and forgets nothing.
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

// Up makes it listen again where it did.
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

// work is the time in which requests race.
func (s *Server) work(ctx context.Context) error { return sleep(ctx, s.done, s.config.Work) }

// keepGrant remembers a new grant. s.mu is held.
func (s *Server) keepGrant(g *grant) {
	g.id, g.continueToken = newUUID(), newTokenValue()
	g.created = s.config.Now()
	g.continued = g.created
	s.secrets.add(g.continueToken)
	if i := g.interaction; i != nil {
		s.secrets.add(i.nonce, i.ref)
		s.byInteraction[i.id], s.byRef[i.ref] = g, g
	}
	s.grants[g.id] = g
	s.oldest = append(s.oldest, g)
	if len(s.oldest) > maxGrants {
		s.forget(s.oldest[0])
		s.oldest[0] = nil
		s.oldest = s.oldest[1:]
	}
}

func (s *Server) forget(g *grant) {
	s.revoke(g)
	delete(s.grants, g.id)
	if i := g.interaction; i != nil {
		delete(s.byInteraction, i.id)
		delete(s.byRef, i.ref)
	}
}
