package keepingtest_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/keeping"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/internal/signingkey"
	kinds "github.com/opgrants/opgrants/internal/store"
	"github.com/opgrants/opgrants/internal/store/bolt"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/keepingtest"
)

const day = 24 * time.Hour

var errDead = errors.New("this process has crashed")

// A process crashes at one of its calls of the store or of a wallet: from then on
// it does nothing more.
type process struct {
	mu    sync.Mutex
	calls int
	crash int  // at this call; 0: never
	after bool // after it was done, and before its answer came; else before
	dead  bool
}

func (p *process) call(do func() error) error {
	p.mu.Lock()
	if p.dead {
		p.mu.Unlock()
		return errDead
	}
	p.calls++
	crashes := p.calls == p.crash
	p.dead = crashes
	p.mu.Unlock()
	if crashes && !p.after {
		return errDead
	}
	if err := do(); err != nil || !crashes {
		return err
	}
	return errDead
}

func (p *process) isDead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dead
}

// items are those of a store, as a process calls it.
type items[T any] struct {
	*bolt.Items[T]
	process *process
}

func (s items[T]) Create(ctx context.Context, it *T) error {
	return s.process.call(func() error { return s.Items.Create(ctx, it) })
}

func (s items[T]) Update(ctx context.Context, it *T) error {
	return s.process.call(func() error { return s.Items.Update(ctx, it) })
}

func (s items[T]) Get(ctx context.Context, id string) (it *T, err error) {
	err = s.process.call(func() (err error) { it, err = s.Items.Get(ctx, id); return err })
	return it, err
}

func (s items[T]) Due(ctx context.Context, shard string, now grant.Instant, limit int) (due []grant.DueItem, err error) {
	err = s.process.call(func() (err error) { due, err = s.Items.Due(ctx, shard, now, limit); return err })
	return due, err
}

func (s items[T]) Postpone(ctx context.Context, id string, from, to grant.Instant) (it *T, ok bool, err error) {
	err = s.process.call(func() (err error) { it, ok, err = s.Items.Postpone(ctx, id, from, to); return err })
	return it, ok, err
}

// wallets are the wallets' servers, as a process calls them.
type wallets struct {
	grant.AuthorizationServer
	process *process
}

func (w wallets) Rotate(ctx context.Context, token *opclient.Token) (next *opclient.Token, err error) {
	err = w.process.call(func() (err error) { next, err = w.AuthorizationServer.Rotate(ctx, token); return err })
	return next, err
}

func (w wallets) Cancel(ctx context.Context, k opclient.Continue) error {
	return w.process.call(func() error { return w.AuthorizationServer.Cancel(ctx, k) })
}

// A world is a wallet and a data file.
type world struct {
	t      *testing.T
	wallet *sandbox.Server
	alice  string
	shop   string
	path   string
	file   *bolt.Store
	client *signingkey.Client
	ahead  atomic.Int64
}

func (w *world) now() time.Time        { return time.Now().Add(time.Duration(w.ahead.Load())) }
func (w *world) later(d time.Duration) { w.ahead.Add(int64(d)) }

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, path: filepath.Join(t.TempDir(), "grants.db")}
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if w.wallet, err = sandbox.Start(sandbox.Config{Wait: -1, Now: w.now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.wallet.Close() })
	if w.alice, err = w.wallet.AddWallet(sandbox.Wallet{Name: "alice", PublicName: "Alice"}); err != nil {
		t.Fatal(err)
	}
	shop, err := w.wallet.AddWallet(sandbox.Wallet{Name: "shop", PublicName: "Shop", Keys: []sandbox.JWK{sandbox.NewJWK("key-1", public)}})
	if err != nil {
		t.Fatal(err)
	}
	base, err := opclient.New(opclient.Config{InsecureAllowLocal: true, Timeout: grant.OperationTime, Now: w.now})
	if err != nil {
		t.Fatal(err)
	}
	w.shop = shop
	w.client = signingkey.NewClient(signingkey.Fixed(signingkey.KeyOf(shop, "key-1", private)), base)
	w.open()
	t.Cleanup(func() { _ = w.file.Close() })
	return w
}

func (w *world) open() {
	w.t.Helper()
	var err error
	if w.file, err = bolt.Open(w.path); err != nil {
		w.t.Fatal(err)
	}
}

// start is a process that keeps the grants of the world.
func (w *world) start(p *process) *keepingtest.Schedule {
	store := items[grant.Item]{w.file.Items, p}
	service := &grant.Service{Store: store, Server: wallets{w.client, p}, PublicURL: "https://grants.example", AllowUnbound: true, Now: w.now,
		Sleep: func(ctx context.Context, d time.Duration) error {
			if p.isDead() {
				return errDead
			}
			time.Sleep(min(d, time.Millisecond))
			return ctx.Err()
		}}
	payments := items[payment.Item]{bolt.Of(w.file.File, kinds.Payments), p}
	follower := &payment.Service{Store: payments, Grants: service, Wallet: payers{w.client, p}, WalletAddress: w.shop, Now: w.now, Sleep: service.Sleep}
	breakers := keeping.NewBreakerStore(items[keeping.BreakerItem]{bolt.Of(w.file.File, keeping.Breakers), p})
	return &keepingtest.Schedule{Grants: service, Calendar: store, Follower: follower, Payments: payments, Breakers: breakers, Now: w.now}
}

// run lets a process keep what is due, once.
func (w *world) run(p *process) (keepingtest.Result, error) {
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	return w.start(p).Run(ctx)
}

// recover lets healthy processes run each minute for a while.
func (w *world) recover(d time.Duration) {
	w.t.Helper()
	for range int(d / (10 * time.Minute)) {
		w.later(10 * time.Minute)
		if _, err := w.run(&process{}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// monthly is a grant in use for an amount each month.
func (w *world) monthly() (id string) {
	w.t.Helper()
	service := w.start(&process{}).Grants
	r, err := service.Request(w.t.Context(), "shop", grant.Request{WalletAddress: w.alice,
		Limits: &grant.LimitsRequest{DebitAmount: &grant.AmountRequest{Value: "500"}, Interval: "R/2026-01-01T00:00:00Z/P1M"}})
	if err != nil {
		w.t.Fatal(err)
	}
	finish, err := w.wallet.Approve(r.ConsentURL)
	if err != nil {
		w.t.Fatal(err)
	}
	u, err := url.Parse(finish)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := service.Finish(w.t.Context(), r.ID, u.RawQuery); err != nil {
		w.t.Fatal(err)
	}
	return r.ID
}

func (w *world) item(id string) *grant.Item {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	it, err := w.file.Get(ctx, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return it
}

// mustBeKept checks that these grants were rotated in time, are due when they are
// to be rotated again, and have a token that works; and that no other token does.
func (w *world) mustBeKept(ids []string) {
	w.t.Helper()
	for _, id := range ids {
		it := w.item(id)
		if it.Status != grant.Granted || it.Ending != "" || it.Lease != nil || it.Failures != nil {
			w.t.Errorf("grant %s is %s, ending %q, with lease %v and failures %v", id, it.Status, it.Ending, it.Lease, it.Failures)
		}
		if left := it.Due.Time().Sub(it.TokenMade.Time()); left < 19*day || left > 20*day {
			w.t.Errorf("grant %s is due %s after its token was made", id, left)
		}
		if age := w.now().Sub(it.TokenMade.Time()); age > 2*day {
			w.t.Errorf("the token of grant %s is %s old", id, age)
		}
		token, err := w.start(&process{}).Grants.Token(w.t.Context(), "shop", id, grant.TokenRequest{})
		if err != nil || !w.wallet.Active(token.AccessToken) {
			w.t.Errorf("grant %s has no token that works: %v", id, err)
		}
	}
	live := 0
	for _, token := range w.wallet.LiveTokens() {
		if token.Interactive {
			live++
		}
	}
	if live != len(ids) {
		w.t.Errorf("%d tokens are live, of %d grants", live, len(ids))
	}
}
