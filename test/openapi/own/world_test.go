package own_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/internal/power"
	"github.com/opgrants/opgrants/internal/signingkey"
	"github.com/opgrants/opgrants/internal/store"
	"github.com/opgrants/opgrants/internal/store/bolt"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/openapi/own"
)

const returnURL = "https://shop.example/thanks?order=7"

// A world is a wallet and the service, in one process and one bubble of time.
type world struct {
	*testing.T
	wallet             *sandbox.Server
	alice, shop, stall string
	key                ed25519.PrivateKey
	base               *opclient.Client
	file               *bolt.Store
	broken             atomic.Bool                               // the store
	connect            atomic.Pointer[func(*http.Request) error] // of a call of the wallet; nil: it succeeds

	http  http.Handler // the service, checked
	last  own.Seen     // of the last exchange
	all   own.Coverage
	shown map[string][]byte // the answers that are examples, by their names
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, shown: map[string][]byte{}}
	var err error
	w.wallet, err = sandbox.New(sandbox.Config{PublicURL: "https://wallet.example", Wait: -1, Work: -1})
	w.must(err)
	t.Cleanup(func() { _ = w.wallet.Close() })
	public, private, err := ed25519.GenerateKey(nil)
	w.must(err)
	w.key = private
	w.alice = w.open(sandbox.Wallet{Name: "alice", PublicName: "Alice"})
	w.shop = w.open(sandbox.Wallet{Name: "shop", PublicName: "Shop", Keys: []sandbox.JWK{sandbox.NewJWK("key-1", public)}})
	w.stall = w.open(sandbox.Wallet{Name: "stall", PublicName: "Stall"})
	w.file, err = bolt.Open(filepath.Join(t.TempDir(), "grants.db"))
	w.must(err)
	t.Cleanup(func() { _ = w.file.Close() })
	w.base, err = opclient.New(opclient.Config{HTTP: &http.Client{Transport: w}, Timeout: grant.OperationTime})
	w.must(err)
	w.http = w.serve(nil)
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) open(wallet sandbox.Wallet) string {
	w.Helper()
	address, err := w.wallet.AddWallet(wallet)
	w.must(err)
	return address
}

// settings are what a service of this world has of its own.
type settings struct {
	source   signingkey.Source
	grants   *grant.Service
	payments *payment.Service
	api      *httpapi.API
}

// serve returns a service with the key and the store of this world, as `opgrants
// serve` makes it. change may change it.
func (w *world) serve(change func(*settings)) http.Handler {
	w.Helper()
	s := &settings{
		source: signingkey.Fixed(signingkey.KeyOf(w.shop, "key-1", w.key)),
		grants: &grant.Service{Store: breakable[grant.Item]{w.file.Items, &w.broken}, PublicURL: "https://grants.example",
			ReturnURLs: []string{returnURL}},
		payments: &payment.Service{WalletAddress: w.shop},
		api:      &httpapi.API{Caller: httpapi.BearerCaller(w.caller)},
	}
	items := breakable[payment.Item]{bolt.Of(w.file.File, store.Payments), &w.broken}
	s.grants.Lists = breakable[grant.Item]{w.file.Items, &w.broken}
	s.payments.Store, s.payments.Lists, s.payments.Grants = items, items, s.grants
	s.grants.Checkouts = s.payments
	s.api.Grants, s.api.Payments = s.grants, s.payments
	if change != nil {
		change(s)
	}
	client := signingkey.NewClient(s.source, w.base)
	s.grants.Server, s.grants.Spending, s.payments.Wallet = client, client, client
	return w.check(s.api.Handler())
}

// caller knows the tokens of this world: with every power, with none, and another
// owner's.
func (w *world) caller(token string) (httpapi.Identity, bool) {
	switch token {
	case "shop", "stranger":
		return httpapi.Identity{Owner: token, Powers: power.All()}, true
	case "nobody":
		return httpapi.Identity{Owner: "shop"}, true
	}
	return httpapi.Identity{}, false
}

// check checks each exchange against the description.
func (w *world) check(h http.Handler) http.Handler {
	return own.Handler(h, func(e *own.Exchange, seen own.Seen, err error) {
		w.last = seen
		w.all.Add(seen)
		if err != nil {
			w.Errorf("%s %s: %v", e.Method, e.Path, err)
		}
	})
}

// breakable is a store that can be out of reach.
type breakable[T any] struct {
	*bolt.Items[T]
	broken *atomic.Bool
}

var errBroken = errors.New("the store is broken")

func (b breakable[T]) Create(ctx context.Context, it *T) error {
	if b.broken.Load() {
		return errBroken
	}
	return b.Items.Create(ctx, it)
}

func (b breakable[T]) Get(ctx context.Context, id string) (*T, error) {
	if b.broken.Load() {
		return nil, errBroken
	}
	return b.Items.Get(ctx, id)
}

func (b breakable[T]) List(ctx context.Context, list string, after grant.ListEntry, limit int) ([]grant.ListEntry, error) {
	if b.broken.Load() {
		return nil, errBroken
	}
	return b.Items.List(ctx, list, after, limit)
}

// RoundTrip takes a request of the service to the wallet.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	trace := httptrace.ContextClientTrace(r.Context())
	trace.GetConn(r.URL.Host)
	if connect := w.connect.Load(); connect != nil {
		if err := (*connect)(r); err != nil {
			return nil, err
		}
	}
	trace.GotConn(httptrace.GotConnInfo{})
	recorder := httptest.NewRecorder()
	done := make(chan error, 1)
	ctx, leave := context.WithCancel(r.Context())
	incoming := r.Clone(ctx)
	incoming.Host, incoming.RequestURI = r.URL.Host, r.URL.RequestURI()
	if incoming.Body == nil {
		incoming.Body = http.NoBody
	}
	go func() {
		defer leave()
		defer func() {
			if recover() != nil {
				done <- errors.New("connection reset")
				return
			}
			done <- nil
		}()
		w.wallet.ServeHTTP(recorder, incoming)
	}()
	select {
	case err := <-done:
		if err != nil {
			return nil, err
		}
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	answer := recorder.Result()
	answer.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	answer.Request = r
	return answer, nil
}

// disconnect makes connections to the wallet end as connect does, or succeed if it is
// nil.
func (w *world) disconnect(connect func(*http.Request) error) {
	if connect == nil {
		w.connect.Store(nil)
		return
	}
	w.connect.Store(&connect)
}

// request is the app's, with the token shop.
func request(method, path, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer shop")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func do(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// finish brings the browser back from the wallet, and returns its return to the app.
func (w *world) finish(link string) url.Values {
	w.Helper()
	answer := do(w.http, httptest.NewRequest("GET", link, nil))
	at, err := url.Parse(answer.Header().Get("Location"))
	w.must(err)
	return at.Query()
}
