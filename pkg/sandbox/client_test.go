package sandbox_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/httpsig"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// A clock that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 8, 17, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// A world is a sandbox with a user, a shop that asks, and the shop's key.
type world struct {
	*testing.T
	*sandbox.Server
	clock       *clock
	alice, shop string
	key         ed25519.PrivateKey
	http        *http.Client
}

var shopKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))

func newWorld(t *testing.T, c sandbox.Config) *world {
	t.Helper()
	w := &world{T: t, clock: newClock(), key: shopKey, http: freshConnections()}
	if c.Now == nil {
		c.Now = w.clock.Now
	}
	var err error
	if w.Server, err = sandbox.Start(c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	w.alice = w.wallet(sandbox.Wallet{Name: "alice", PublicName: "Alice"})
	w.shop = w.wallet(sandbox.Wallet{Name: "shop", PublicName: "A shop", Keys: []sandbox.JWK{
		sandbox.NewJWK("key-1", shopKey.Public().(ed25519.PublicKey)), sandbox.NewJWK("key;1", shopKey.Public().(ed25519.PublicKey)),
	}})
	return w
}

// freshConnections is a client for which a server that went down is unreachable,
// not a connection that breaks.
func freshConnections() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
}

func (w *world) wallet(wallet sandbox.Wallet) string {
	w.Helper()
	address, err := w.AddWallet(wallet)
	if err != nil {
		w.Fatal(err)
	}
	return address
}

// An answer, its JSON parsed.
type answer struct {
	status      int
	header      http.Header
	text        string
	Error       struct{ Code, Description string }
	AccessToken *struct {
		Value, Manage string
		ExpiresIn     int `json:"expires_in"`
		Access        []json.RawMessage
	} `json:"access_token"`
	Interact *struct{ Redirect, Finish string }
	Continue struct {
		AccessToken struct{ Value string } `json:"access_token"`
		URI         string
		Wait        *int
	}
	Subject *struct {
		SubIDs []struct{ ID, Format string } `json:"sub_ids"`
	}
}

func (a *answer) is(t *testing.T, status int, code string) {
	t.Helper()
	if a.status != status || a.Error.Code != code {
		t.Errorf("got %d %s (%s), want %d %s", a.status, a.Error.Code, a.text, status, code)
	}
}

// A request is one by the shop.
type request struct {
	method, url, token, body string
	scheme                   string // of Authorization; "": GNAP
	signer                   *httpsig.Signer
	edit                     func(*http.Request) // after it was signed
}

func (w *world) signer() *httpsig.Signer { return &httpsig.Signer{KeyID: "key-1", Key: w.key} }

func (w *world) send(q request) *answer {
	w.Helper()
	a, err := w.try(q)
	if err != nil {
		w.Fatal(err)
	}
	return a
}

func (w *world) try(q request) (*answer, error) {
	r, err := http.NewRequestWithContext(context.Background(), q.method, q.url, strings.NewReader(q.body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	if q.token != "" {
		scheme := q.scheme
		if scheme == "" {
			scheme = "GNAP"
		}
		r.Header.Set("Authorization", scheme+" "+q.token)
	}
	if q.signer == nil {
		q.signer = w.signer()
	}
	if err := q.signer.Sign(r); err != nil {
		return nil, err
	}
	if q.edit != nil {
		q.edit(r)
	}
	response, err := w.http.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusSwitchingProtocols { // no time limit of net/http ends its body
		return &answer{status: response.StatusCode, header: response.Header}, nil
	}
	text, err := io.ReadAll(response.Body)
	a := &answer{status: response.StatusCode, header: response.Header, text: string(text)}
	_ = json.Unmarshal(text, a)
	return a, err
}

// encode writes JSON as JavaScript does.
func encode(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

type m = map[string]any

const finishURI = "http://localhost:3344/callback?x=1"

// grantBody asks for 5.00 USD; edit changes it.
func (w *world) grantBody(edit func(m)) string {
	body := m{
		"access_token": m{"access": []any{w.outgoing(nil)}},
		"interact":     m{"start": []any{"redirect"}, "finish": m{"method": "redirect", "uri": finishURI, "nonce": "client-nonce-1"}},
		"client":       w.shop,
	}
	if edit != nil {
		edit(body)
	}
	return encode(w.T, body)
}

func (w *world) outgoing(limits m) m {
	if limits == nil {
		limits = m{"debitAmount": m{"assetCode": "USD", "assetScale": 2, "value": "500"}}
	}
	return m{"type": "outgoing-payment", "actions": []any{"create", "read"}, "identifier": w.alice, "limits": limits}
}

func (w *world) ask(edit func(m)) *answer {
	w.Helper()
	return w.send(request{method: "POST", url: w.AuthServer(), body: w.grantBody(edit)})
}

func (w *world) mustAsk(edit func(m)) *answer {
	w.Helper()
	a := w.ask(edit)
	if a.status != 200 {
		w.Fatalf("the grant request: %d %s", a.status, a.text)
	}
	return a
}

// approve consents and returns the parameters of the finish redirect.
func (w *world) approve(g *answer) url.Values {
	w.Helper()
	finish, err := w.Approve(g.Interact.Redirect)
	if err != nil {
		w.Fatal(err)
	}
	u, err := url.Parse(finish)
	if err != nil {
		w.Fatal(err)
	}
	return u.Query()
}

// approved is a grant whose wait is over, and its reference.
func (w *world) approved() (*answer, string) {
	w.Helper()
	g := w.mustAsk(nil)
	ref := w.approve(g).Get("interact_ref")
	w.clock.move(6 * time.Second)
	return g, ref
}

func (w *world) issued() (g, token *answer, ref string) {
	w.Helper()
	g, ref = w.approved()
	token = w.resume(g, ref)
	if token.status != 200 {
		w.Fatalf("the continue: %d %s", token.status, token.text)
	}
	return g, token, ref
}

// resume sends a continue with a reference.
func (w *world) resume(g *answer, ref string) *answer {
	w.Helper()
	return w.send(w.resumption(g, ref))
}

func (w *world) resumption(g *answer, ref string) request {
	return request{method: "POST", url: g.Continue.URI, token: g.Continue.AccessToken.Value, body: `{"interact_ref":"` + ref + `"}`}
}

func (w *world) poll(g *answer) *answer {
	w.Helper()
	return w.send(request{method: "POST", url: g.Continue.URI, token: g.Continue.AccessToken.Value})
}

func (w *world) cancel(g *answer) *answer {
	w.Helper()
	return w.send(request{method: "DELETE", url: g.Continue.URI, token: g.Continue.AccessToken.Value})
}

func (w *world) rotate(t *answer) *answer {
	w.Helper()
	return w.send(request{method: "POST", url: t.AccessToken.Manage, token: t.AccessToken.Value})
}

func (w *world) revoke(t *answer) *answer {
	w.Helper()
	return w.send(request{method: "DELETE", url: t.AccessToken.Manage, token: t.AccessToken.Value})
}

var anotherKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize))
