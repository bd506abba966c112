package world

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/netguard"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/internal/power"
	"github.com/opgrants/opgrants/internal/signingkey"
	"github.com/opgrants/opgrants/internal/telemetry"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/openapi/own"
)

// ReturnURL is the page of the app to which the browser returns.
const ReturnURL = "https://shop.example/thanks"

// Lease is longer than any lease of the service.
const Lease = 61 * time.Second

const owner = "shop"

// A Config says how a [World] is.
type Config struct {
	// Work is how long the wallet takes from its look at a grant to its token, in
	// which a DELETE can miss that token.
	Work  time.Duration
	Store grant.Store // of the grants; nil: the service is a child
	Raw   grant.Store // the same, for the checks
	// Payments is the store of the payments, and RawPayments the same for the checks.
	// nil: the service makes no payments.
	Payments, RawPayments payment.Store
	Payees                []string // as [payment.Service] has them
	// Broken is told of each rule that does not hold.
	Broken func(rule string)
}

// A World is one wallet and one service, with the clock of both. Close it.
type World struct {
	Clock
	Wallet  *sandbox.Server
	Store   *Store
	Service *grant.Service
	URL     string // of the service
	User    string // the wallet address of the user
	Client  string // and of the client, which payments may go to
	Friend  string // another one, which the user consents to pay
	Robber  string // and one that may not be paid
	Key     ed25519.PrivateKey

	Payments *Payments // nil: the service makes none
	Paying   *payment.Service
	money    money

	payees   []string
	powers   []power.Power // of the app
	jwk      sandbox.JWK
	broken   func(rule string)
	log      *Log
	nested   atomic.Int32 // second callers that are under way
	ended    atomic.Int32 // second callers that have ended
	together atomic.Int32
	http     *http.Client
	server   *httptest.Server
	guarded  *netguard.Transport

	impatient impatient
	around    func(http.Handler) http.Handler
	inChild   bool
	hold      int // see HoldStore
	holdAfter bool
	takenBack bool // a user has taken the consent back at the wallet, which tells nobody

	mu      sync.Mutex
	answers []string        // headers and bodies, for the search for secrets
	codes   []string        // claim codes
	gone    map[string]bool // ids for which DELETE was answered 204
	deleted map[string]int  // id → calls of the store that were made when a second caller's DELETE ended
}

// New makes a world.
func New(c Config) (*World, error) {
	w := newWorld(c)
	var err error
	w.Wallet, err = sandbox.Start(sandbox.Config{Wait: -1, SendTime: -1, Work: cmp.Or(c.Work, -1), TokenLife: time.Hour, Now: w.Now})
	if err != nil {
		return nil, err
	}
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	w.Key, w.jwk = private, sandbox.NewJWK("key-1", public)
	if w.User, err = w.Wallet.AddWallet(sandbox.Wallet{Name: "alice", PublicName: "Alice"}); err != nil {
		return nil, err
	}
	w.Client, err = w.Wallet.AddWallet(sandbox.Wallet{Name: "shop", PublicName: "Shop", Keys: []sandbox.JWK{w.jwk}})
	if err != nil {
		return nil, err
	}
	for name, at := range map[string]*string{"friend": &w.Friend, "robber": &w.Robber} {
		if *at, err = w.Wallet.AddWallet(sandbox.Wallet{Name: name, PublicName: name}); err != nil {
			return nil, err
		}
	}
	w.Store = newStore(c.Store, c.Raw, w)
	w.usePayments(c.Payments, c.RawPayments)
	if c.Store == nil {
		return w, nil
	}
	return w, w.serve()
}

func newWorld(c Config) *World {
	w := &World{
		payees: c.Payees, broken: c.Broken, log: &Log{}, gone: map[string]bool{}, deleted: map[string]int{},
		around: func(h http.Handler) http.Handler { return h },
		http: &http.Client{
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	plain := &http.Transport{MaxIdleConnsPerHost: 8}
	w.http.Transport = &orders{plain, own.Transport(plain, w.Brokenf)}
	return w
}

// serve starts the service, as `opgrants serve` does.
func (w *World) serve() error {
	logger := telemetry.NewLogger(w.log, slog.LevelDebug)
	w.guarded = netguard.NewTransport(netguard.Options{InsecureAllowLocal: true, Now: w.Now})
	w.impatient.next = &inspecting{w.guarded, w}
	base, err := opclient.New(opclient.Config{
		HTTP:               &http.Client{Transport: &telemetry.WalletTransport{Next: &w.impatient, Log: logger}},
		InsecureAllowLocal: true, Timeout: grant.OperationTime, Now: w.Now,
	})
	if err != nil {
		return err
	}
	client := signingkey.NewClient(signingkey.Fixed(signingkey.KeyOf(w.Client, "key-1", w.Key)), base)
	w.Service = &grant.Service{
		Store: w.Store, Server: client, Spending: client,
		ReturnURLs: []string{ReturnURL}, Log: logger, Now: w.Now, Sleep: w.Sleep,
	}
	api := &httpapi.API{Grants: w.Service, Caller: callerByHeader, Fault: w.judgeFault, Log: logger}
	if w.Payments != nil {
		w.Paying = &payment.Service{Store: w.Payments, Grants: w.Service, Wallet: client, WalletAddress: w.Client, Payees: w.payees,
			Log: logger, Now: w.Now, Sleep: w.Sleep}
		w.Service.Checkouts, api.Payments = w.Paying, w.Paying
	}
	w.server = httptest.NewUnstartedServer(w.around(api.Handler()))
	w.server.Config.ErrorLog = log.New(w.log, "", 0)
	w.server.Start()
	w.URL, w.Service.PublicURL = w.server.URL, w.server.URL
	ctx, cancel := context.WithTimeout(context.Background(), grant.OperationTime)
	defer cancel()
	return w.Service.Warm(ctx)
}

// headerPowers has the powers of the caller; without it, all.
const headerPowers = "Test-Powers"

// PowersOf lets the app have only these powers; nil: all.
func (w *World) PowersOf(powers power.Set) {
	if w.powers = powers; powers != nil && len(powers) == 0 {
		w.powers = []power.Power{"none"}
	}
}

// callerByHeader stands for the authorizers, which have tests of their own.
func callerByHeader(r *http.Request) (httpapi.Identity, error) {
	if name := r.Header.Get("Owner"); name != "" {
		powers := power.All()
		if only := r.Header.Values(headerPowers); len(only) > 0 {
			powers = power.Set{}
			for _, name := range only {
				if p, ok := power.Parse(name); ok {
					powers = append(powers, p)
				}
			}
		}
		return httpapi.Identity{Owner: name, Caller: "session of " + name, Powers: powers}, nil
	}
	return httpapi.Identity{}, errors.New("nobody")
}

// Close ends the world.
func (w *World) Close() {
	_ = w.Wallet.Close() // first, as a call that hangs there would hold the service
	w.http.CloseIdleConnections()
	if w.server != nil {
		w.server.Close()
		w.guarded.CloseIdleConnections()
	}
}

// Nested runs a second caller in the middle of another call. What it does is not
// counted.
func (w *World) Nested(caller func()) {
	w.nested.Add(1)
	defer func() { w.nested.Add(-1); w.ended.Add(1) }()
	caller()
}

// Together runs callers at the same time. What they are answered is checked only as
// far as the others cannot have changed it.
func (w *World) Together(callers ...func()) {
	w.together.Add(1)
	defer w.together.Add(-1)
	var all sync.WaitGroup
	for _, run := range callers {
		all.Go(run)
	}
	all.Wait()
}

// IsNested reports whether a second caller is under way.
func (w *World) IsNested() bool { return w.nested.Load() > 0 }

// fatalf ends the test: it could not be prepared.
func (w *World) fatalf(format string, args ...any) {
	w.Brokenf(format, args...)
	runtime.Goexit()
}

// Brokenf tells that a rule does not hold.
func (w *World) Brokenf(format string, args ...any) { w.broken(fmt.Sprintf(format, args...)) }

// Heal ends all faults.
func (w *World) Heal() {
	w.Store.Heal()
	w.impatient.on.Store(false)
	w.Wallet.ClearFaults()
	w.setKeys(w.jwk)
	w.Wallet.Hook(nil, nil)
}

// RefuseKey lets the wallet refuse the service's signatures, until [World.Heal].
func (w *World) RefuseKey() { w.setKeys() }

func (w *World) setKeys(keys ...sandbox.JWK) {
	if err := w.Wallet.SetKeys(w.Client, keys...); err != nil {
		panic(err)
	}
}

// Keep lets the schedule look at a grant.
func (w *World) Keep(id string) grant.KeepResult { return w.Service.Keep(context.Background(), id, 0) }

// keys returns the private key in the forms in which it could be printed.
func (w *World) keys() []string {
	seed := w.Key.Seed()
	return []string{base64.StdEncoding.EncodeToString(seed), base64.RawURLEncoding.EncodeToString(seed), fmt.Sprintf("%x", seed), fmt.Sprint(seed)}
}

// A Log is what the service has logged.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
	to io.Writer // gets a copy; nil: nobody
}

func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.to != nil {
		_, _ = l.to.Write(p)
	}
	return l.b.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// AddLog adds what a child has logged.
func (w *World) AddLog(text string) { _, _ = w.log.Write([]byte(text)) }

// Log returns what the service has logged.
func (w *World) Log() string { return w.log.String() }
