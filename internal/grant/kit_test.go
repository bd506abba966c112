package grant_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/pkg/opclient"
)

const (
	authServer = "https://auth.wallet.example/"
	alice      = "https://wallet.example/alice"
	shop       = "https://shop.example/thanks"
	owner      = "shop"
)

// a life is a service with a wallet, a store and a clock that a test drives.
type life struct {
	*grant.Service
	wallet *wallet
	store  *memory
	clock  *clock
}

func newLife(t *testing.T) *life {
	t.Helper()
	l := &life{wallet: &wallet{expires: time.Date(2026, 5, 4, 12, 10, 5, 0, time.UTC)}, store: &memory{items: map[string][]byte{}}, clock: &clock{now: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)}}
	l.wallet.clock = l.clock
	l.Service = &grant.Service{
		Store: l.store, Server: l.wallet, PublicURL: "https://grants.example", ReturnURLs: []string{shop},
		Now: l.clock.Now, Sleep: l.clock.Sleep,
	}
	return l
}

// asked is a grant that waits for its user, past the wallet's wait.
func (l *life) asked(t *testing.T) *grant.Resource {
	t.Helper()
	r, err := l.Request(t.Context(), owner, grant.Request{WalletAddress: alice, ReturnURL: shop})
	if err != nil {
		t.Fatal(err)
	}
	l.clock.add(5 * time.Second)
	return r
}

// granted is a grant that its user consented to, and the code for its app.
func (l *life) granted(t *testing.T) (id, code string) {
	t.Helper()
	r := l.asked(t)
	out := l.finish(t, r.ID)
	u, err := url.Parse(out.Redirect)
	if err != nil || u.Query().Get("status") != "granted" {
		t.Fatalf("outcome %+v", out)
	}
	return r.ID, u.Query().Get("code")
}

// good is the query of a finish with a good hash for the interact_ref.
func (l *life) good(t *testing.T, id, ref string) string {
	t.Helper()
	it := l.store.stored(t, id)
	h := sha256.Sum256([]byte(strings.Join([]string{it.ClientNonce, it.ServerNonce, ref, it.GrantEndpoint}, "\n")))
	return url.Values{"hash": {base64.StdEncoding.EncodeToString(h[:])}, "interact_ref": {ref}}.Encode()
}

// finish brings the browser back with a good hash.
func (l *life) finish(t *testing.T, id string) *grant.Outcome {
	t.Helper()
	out, err := l.Finish(t.Context(), id, l.good(t, id, "ref-1"))
	if err != nil {
		t.Fatalf("finish: %v", err)
	}
	return out
}

func (l *life) status(t *testing.T, id string) *grant.Resource {
	t.Helper()
	r, err := l.Get(t.Context(), owner, id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func wantCode(t *testing.T, err error, code string) *grant.Error {
	t.Helper()
	var e *grant.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("error %v, want code %s", err, code)
	}
	return e
}

func wantReturn(t *testing.T, out *grant.Outcome, query string) {
	t.Helper()
	if out.Redirect != shop+"?"+query {
		t.Fatalf("outcome %+v, want a return with %s", out, query)
	}
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.add(d)
	return ctx.Err()
}

// wallet is an authorization server that answers as a test says. It knows which
// tokens it has issued and not cancelled.
type wallet struct {
	mu         sync.Mutex
	requests   []opclient.GrantRequest
	refs       []string // interact_refs that it was sent
	cancels    int
	live       map[string]bool
	answer     func(ref string) error // nil or the error of a continuation; after it, a token may yet be live
	lost       bool                   // its answers to a continuation are lost, after it acted
	cancelErr  error
	cancelling func()            // called once, during a cancel
	rotations  int               // requests to rotate
	manage     string            // the manage URI that works
	rotating   func(n int) error // nil, or what the nth rotation answers; before it acts
	lostToken  bool              // rotations act, and their answers are lost
	polls      int
	pollErr    error
	life       time.Duration // of rotated tokens; 0: ten minutes
	clock      *clock
	subject    string        // proven in a continuation, instead of a token
	both       bool          // and a token all the same
	immediate  bool          // grants without an interaction
	asking     func()        // called during a grant request
	during     func()        // called during a continuation
	expiresIn  time.Duration // of the interaction
	expires    time.Time     // of a token
}

func (w *wallet) WalletAddress(_ context.Context, url string) (*opclient.WalletAddress, error) {
	return &opclient.WalletAddress{ID: url, AssetCode: "USD", AssetScale: 2, AuthServer: authServer, ResourceServer: "https://wallet.example"}, nil
}

func (w *wallet) RequestGrant(ctx context.Context, _ string, r opclient.GrantRequest) (*opclient.Grant, error) {
	if w.asking != nil {
		w.asking()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests = append(w.requests, r)
	k := opclient.Continue{URI: authServer + "continue/1", Token: "continue-token", Wait: 5 * time.Second}
	if w.immediate {
		w.live = map[string]bool{"token-0": true}
		return &opclient.Grant{Continue: k, Token: &opclient.Token{Value: "token-0", Manage: authServer + "token/0"}}, nil
	}
	return &opclient.Grant{
		Interact: &opclient.Interact{Redirect: authServer + "interact/1", Finish: "server-nonce", ExpiresIn: w.expiresIn},
		Continue: k,
	}, nil
}

func (w *wallet) Continue(ctx context.Context, _ opclient.Continue, ref string) (*opclient.Grant, error) {
	w.mu.Lock()
	w.refs = append(w.refs, ref)
	n, during := len(w.refs), w.during
	w.mu.Unlock()
	if during != nil {
		during()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.answer != nil {
		if err := w.answer(ref); err != nil {
			return nil, err
		}
	}
	if w.subject != "" && !w.both {
		return &opclient.Grant{Continue: opclient.Continue{URI: authServer + "continue/1", Token: "continue-token"}, Subject: w.subject}, nil
	}
	w.manage = authServer + "token/1"
	value := "token-" + string(rune('0'+n))
	w.live = map[string]bool{value: true}
	if w.lost {
		return nil, &opclient.Error{Op: "continue", Err: opclient.ErrOutcomeUnknown}
	}
	return &opclient.Grant{
		Continue: opclient.Continue{URI: authServer + "continue/1", Token: "continue-token"},
		Token:    &opclient.Token{Value: opclient.Secret(value), Manage: authServer + "token/1", ExpiresAt: w.expires},
		Subject:  w.subject,
	}, nil
}

// Rotate behaves as a server does: the old value and manage URI die at once.
func (w *wallet) Rotate(_ context.Context, t *opclient.Token) (*opclient.Token, error) {
	w.mu.Lock()
	w.rotations++
	n, rotating := w.rotations, w.rotating
	w.mu.Unlock()
	if rotating != nil {
		if err := rotating(n); err != nil {
			return nil, err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if t.Manage != w.manage || len(w.live) == 0 {
		return nil, refused(401, "invalid_client")
	}
	w.manage = fmt.Sprintf("%stoken/%d", authServer, n+1)
	value := fmt.Sprintf("rotated-%d", n)
	w.live = map[string]bool{value: true}
	if w.lostToken {
		return nil, &opclient.Error{Op: "rotate", Err: opclient.ErrOutcomeUnknown}
	}
	life := w.life
	if life == 0 {
		life = 10 * time.Minute
	}
	return &opclient.Token{Value: opclient.Secret(value), Manage: w.manage, ExpiresAt: w.clock.Now().Add(life)}, nil
}

func (w *wallet) Poll(context.Context, opclient.Continue) (*opclient.Grant, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.polls++
	if w.pollErr != nil {
		return nil, w.pollErr
	}
	if len(w.live) == 0 {
		return nil, refused(401, "invalid_continuation")
	}
	return nil, refused(401, "request_denied")
}

func (w *wallet) works(token string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.live[token]
}

func (w *wallet) Cancel(context.Context, opclient.Continue) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cancels++
	if cancelling := w.cancelling; cancelling != nil {
		w.cancelling = nil
		w.mu.Unlock()
		cancelling()
		w.mu.Lock()
	}
	if w.cancelErr != nil {
		return w.cancelErr
	}
	w.live = nil
	return nil
}

func (w *wallet) alive() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.live)
}

func (w *wallet) sent() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.refs)
}

// memory is a store that a test can break.
type memory struct {
	mu     sync.Mutex
	items  map[string][]byte
	writes int
	broken func(it *grant.Item) error // asked before a write
	after  func(it *grant.Item) error // asked after one: the write happened, its answer is lost
	racing func()                     // called before an update: somebody is quicker
	unread error                      // of the calendar
}

func (m *memory) write(it *grant.Item) error {
	m.writes++
	b, err := json.Marshal(it)
	if err == nil {
		m.items[it.ID] = b
	}
	if err == nil && m.after != nil {
		err = m.after(it)
	}
	return err
}

func (m *memory) Create(ctx context.Context, it *grant.Item) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		if err := m.broken(it); err != nil {
			return err
		}
	}
	if m.items[it.ID] != nil {
		return grant.ErrExists
	}
	created := *it
	created.Version = 1
	if err := m.write(&created); err != nil {
		return err
	}
	it.Version = 1
	return nil
}

func (m *memory) Get(_ context.Context, id string) (*grant.Item, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.items[id]
	if b == nil {
		return nil, grant.ErrNotFound
	}
	it := new(grant.Item)
	return it, json.Unmarshal(b, it)
}

func (m *memory) Update(ctx context.Context, it *grant.Item) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if m.racing != nil {
		m.racing()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		if err := m.broken(it); err != nil {
			return err
		}
	}
	var stored grant.Item
	if json.Unmarshal(m.items[it.ID], &stored) != nil || stored.Version != it.Version {
		return grant.ErrConflict
	}
	updated := *it
	updated.Version++
	if err := m.write(&updated); err != nil {
		return err
	}
	it.Version++
	return nil
}

func (m *memory) stored(t *testing.T, id string) *grant.Item {
	t.Helper()
	it, err := m.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return it
}

func (m *memory) change(t *testing.T, id string, change func(*grant.Item)) {
	t.Helper()
	it := m.stored(t, id)
	change(it)
	if err := m.Update(t.Context(), it); err != nil {
		t.Fatal(err)
	}
}

// refusing is a wallet that refuses grant requests.
type refusing struct {
	*wallet
	err error
}

func (r refusing) RequestGrant(context.Context, string, opclient.GrantRequest) (*opclient.Grant, error) {
	return nil, r.err
}
