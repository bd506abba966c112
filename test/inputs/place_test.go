package inputs_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/power"
	"github.com/opgrants/opgrants/internal/signingkey"
	"github.com/opgrants/opgrants/internal/store/bolt"
	"github.com/opgrants/opgrants/internal/telemetry"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/openapi/own"
)

const returnURL = "https://shop.example/thanks"

// An answer is an HTTP response that has been read.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// member is a text of a JSON answer, "" if it is not there.
func (a answer) member(path ...string) string {
	var v any
	_ = json.Unmarshal(a.body, &v)
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	s, _ := v.(string)
	return s
}

// A front stands before the wallet, as a proxy or a CDN does. It changes what
// the wallet answers.
type front struct {
	wallet *sandbox.Server
	mu     sync.Mutex
	edits  map[sandbox.Op]edit
	lost   map[sandbox.Op]bool   // the wallet does not see these calls
	seen   map[sandbox.Op]answer // the last right answer of each call
	calls  map[sandbox.Op]int

	editing sync.Mutex // an edit may keep a state, and read good
}

// broken is the status of an answer that breaks the connection.
const broken = -1

// An edit changes an answer of the wallet, which has acted.
type edit func(a *answer)

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	op := opOf(r)
	f.mu.Lock()
	change, lost := f.edits[op], f.lost[op]
	f.calls[op]++
	f.mu.Unlock()
	a := answer{header: http.Header{}}
	if !lost {
		recorded := httptest.NewRecorder()
		f.wallet.ServeHTTP(recorded, r)
		a = answer{recorded.Code, recorded.Header(), recorded.Body.Bytes()}
		if a.status < 300 {
			f.mu.Lock()
			f.seen[op] = answer{a.status, a.header.Clone(), a.body}
			f.mu.Unlock()
		}
	}
	if op == sandbox.OpWallet {
		a.header.Set("Cache-Control", "no-store") // so that each test reads it
	}
	if change != nil {
		a.header.Del("Content-Length")
		f.editing.Lock()
		change(&a)
		f.editing.Unlock()
	}
	if a.status == broken {
		panic(http.ErrAbortHandler)
	}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

// during changes the answers of one kind of call while do runs.
func (f *front) during(op sandbox.Op, change edit, do func()) {
	f.mu.Lock()
	f.edits[op] = change
	f.mu.Unlock()
	do()
	f.mu.Lock()
	delete(f.edits, op)
	f.mu.Unlock()
}

// instead answers one kind of call while do runs. The wallet does not see it.
func (f *front) instead(op sandbox.Op, status int, header http.Header, body string, do func()) {
	f.mu.Lock()
	f.lost[op] = true
	f.mu.Unlock()
	f.during(op, func(a *answer) {
		a.status, a.body = status, []byte(body)
		for name, values := range header {
			a.header[name] = values
		}
	}, do)
	f.mu.Lock()
	delete(f.lost, op)
	f.mu.Unlock()
}

// count is how many calls of that kind there were.
func (f *front) count(op sandbox.Op) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[op]
}

func (f *front) good(op sandbox.Op) answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.seen[op]
}

// opOf names the call that a request to the wallet is.
func opOf(r *http.Request) sandbox.Op {
	path := r.URL.Path
	switch {
	case strings.HasSuffix(path, "/jwks.json"):
		return sandbox.OpKeys
	case strings.HasPrefix(path, "/auth/interact"):
		return sandbox.OpConsent
	case strings.HasPrefix(path, "/auth/continue/") && r.Method == http.MethodDelete:
		return sandbox.OpCancel
	case strings.HasPrefix(path, "/auth/continue/"):
		return sandbox.OpContinue
	case strings.HasPrefix(path, "/auth/token/"):
		return sandbox.OpRotate
	case strings.HasPrefix(path, "/auth"):
		return sandbox.OpGrant
	}
	return sandbox.OpWallet
}

// A place is a wallet behind a front, and the service over HTTP.
type place struct {
	*front
	alice, client string
	key           ed25519.PrivateKey
	service       *grant.Service
	url           string
	log           *shared
}

// shared is a buffer that several goroutines write to.
type shared struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *shared) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

// text returns what was written since the last call.
func (s *shared) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.b.Reset()
	return s.b.String()
}

func newPlace(t *testing.T) *place {
	t.Helper()
	return newPlaceWith(t, sandbox.Config{})
}

// newPlaceWith is newPlace with another wallet server.
func newPlaceWith(t *testing.T, c sandbox.Config) *place {
	t.Helper()
	p := &place{front: &front{edits: map[sandbox.Op]edit{}, lost: map[sandbox.Op]bool{}, seen: map[sandbox.Op]answer{}, calls: map[sandbox.Op]int{}}}
	walletServer := httptest.NewUnstartedServer(p.front)
	var err error
	c.PublicURL, c.Wait, c.Work = "http://"+walletServer.Listener.Addr().String(), -1, -1
	p.wallet, err = sandbox.New(c)
	if err != nil {
		t.Fatal(err)
	}
	walletServer.Start()
	t.Cleanup(walletServer.Close)
	t.Cleanup(func() { _ = p.wallet.Close() })

	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	p.key = private
	p.alice = p.open(t, sandbox.Wallet{Name: "alice", PublicName: "Alice"})
	p.client = p.open(t, sandbox.Wallet{Name: "shop", PublicName: "Shop", Keys: []sandbox.JWK{sandbox.NewJWK("key-1", public)}})

	store, err := bolt.Open(filepath.Join(t.TempDir(), "grants.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	client, err := opclient.New(opclient.Config{InsecureAllowLocal: true, Timeout: 3 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	p.log = &shared{}
	log := telemetry.NewLogger(p.log, slog.LevelDebug)
	p.service = &grant.Service{Store: store, ReturnURLs: []string{returnURL}, Log: log,
		Server: signingkey.NewClient(signingkey.Fixed(signingkey.KeyOf(p.client, "key-1", p.key)), client),
		Sleep:  func(ctx context.Context, d time.Duration) error { return ctx.Err() }}
	api := &httpapi.API{Grants: p.service, Log: log, Caller: func(r *http.Request) (httpapi.Identity, error) {
		if r.Header.Get("Owner") == "" {
			return httpapi.Identity{}, errors.New("nobody")
		}
		return httpapi.Identity{Owner: r.Header.Get("Owner"), Powers: power.All()}, nil
	}}
	server := httptest.NewServer(own.Errors(api.Handler(), t.Errorf))
	t.Cleanup(server.Close)
	p.url, p.service.PublicURL = server.URL, server.URL
	return p
}

func (p *place) open(t *testing.T, w sandbox.Wallet) string {
	t.Helper()
	address, err := p.wallet.AddWallet(w)
	if err != nil {
		t.Fatal(err)
	}
	return address
}

// send sends a request as the app, or as a browser if owner is "".
func send(t *testing.T, owner, method, target, body string, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if owner != "" {
		r.Header.Set("Owner", owner)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	noRedirect := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := noRedirect.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, text}
}

// ask is POST /grants. Each wallet address is read anew, with a query of its own.
func (p *place) ask(t *testing.T) answer {
	t.Helper()
	return send(t, "shop", "POST", p.url+"/grants", `{"walletAddress":"`+p.alice+`","returnUrl":"`+returnURL+`","limits":{"debitAmount":{"value":"130"}}}`)
}

// pending is a grant to whose consent its user has said yes, and the link that
// the wallet sends the browser to.
func (p *place) pending(t *testing.T) (id, finish string) {
	t.Helper()
	a := p.ask(t)
	if a.status != http.StatusCreated {
		t.Fatalf("POST /grants: %d %s", a.status, a.body)
	}
	finish, err := p.wallet.Approve(a.member("consentUrl"))
	if err != nil {
		t.Fatal(err)
	}
	return a.member("id"), finish
}

// returned is the query with which the browser comes back to the app; nil if it
// does not.
func returned(a answer) url.Values {
	u, err := url.Parse(a.header.Get("Location"))
	if err != nil || a.status != http.StatusSeeOther {
		return nil
	}
	return u.Query()
}

func (p *place) get(t *testing.T, id string) answer {
	t.Helper()
	return send(t, "shop", "GET", p.url+"/grants/"+id, "")
}

func (p *place) token(t *testing.T, id, body string) answer {
	t.Helper()
	return send(t, "shop", "POST", p.url+"/grants/"+id+"/token", body)
}

// claimed is a grant whose app has its token.
func (p *place) claimed(t *testing.T) (id, token string) {
	t.Helper()
	id, finish := p.pending(t)
	code := returned(send(t, "", "GET", finish, "")).Get("code")
	a := p.token(t, id, `{"code":"`+code+`"}`)
	if a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	return id, a.member("accessToken")
}

// live is how many tokens of consents work.
func (p *place) live() (n int) {
	for _, token := range p.wallet.LiveTokens() {
		if token.Interactive {
			n++
		}
	}
	return n
}
