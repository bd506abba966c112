package grant_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
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
	return newLifeAt(&clock{now: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)})
}

func newLifeAt(clock *clock) *life {
	l := &life{wallet: &wallet{expires: clock.Now().Add(10*time.Minute + 5*time.Second), clock: clock}, store: &memory{items: map[string][]byte{}}, clock: clock}
	l.Service = &grant.Service{
		Store: l.store, Server: l.wallet, PublicURL: "https://grants.example", ReturnURLs: []string{shop},
		Now: l.clock.Now, Sleep: l.clock.Sleep,
	}
	return l
}

// asked is a grant that waits for its user, past the wallet's wait.
func (l *life) asked(t *testing.T) *grant.Resource {
	t.Helper()
	r, err := l.Request(t.Context(), owner, grant.Request{WalletAddress: alice, ReturnURL: shop, Unlimited: true})
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

// inBubble runs a test whose time is that of its bubble: for many callers at
// once, and for waits that end with a context.
func inBubble(t *testing.T, test func(t *testing.T, l *life)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newLifeAt(&clock{bubble: true})) })
}

// clock moves when a test says so, or in a bubble by itself.
type clock struct {
	mu     sync.Mutex
	now    time.Time
	bubble bool
}

func (c *clock) Now() time.Time {
	if c.bubble {
		return time.Now()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	if c.bubble {
		time.Sleep(d)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	if !c.bubble {
		c.add(d)
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
