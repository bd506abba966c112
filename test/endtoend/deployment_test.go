package endtoend

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
	"sync/atomic"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/power"
	"github.com/opgrants/opgrants/internal/signingkey"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/openapi/own"
)

const returnURL = "https://shop.example/thanks"

// a town is a wallet with a user and a client, before any service.
type town struct {
	*sandbox.Server
	alice  string
	client string
	key    ed25519.PrivateKey
	ahead  atomic.Int64 // everybody's clock, in nanoseconds
}

func (w *town) now() time.Time        { return time.Now().Add(time.Duration(w.ahead.Load())) }
func (w *town) later(d time.Duration) { w.ahead.Add(int64(d)) }

func newTown(t *testing.T, c sandbox.Config) *town {
	t.Helper()
	if c.Wait == 0 {
		c.Wait = -1
	}
	w := &town{}
	c.Now = w.now
	s, err := sandbox.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	knows(s.Secrets)
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	w.Server, w.key = s, private
	if w.alice, err = s.AddWallet(sandbox.Wallet{Name: "alice", PublicName: "Alice"}); err != nil {
		t.Fatal(err)
	}
	w.client, err = s.AddWallet(sandbox.Wallet{Name: "shop", PublicName: "Shop", Keys: []sandbox.JWK{sandbox.NewJWK("key-1", public)}})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// a deployment is the service over HTTP, on a store.
type deployment struct {
	*town
	URL     string
	store   *counting
	service *grant.Service
}

type option func(*opclient.Config, *grant.Service)

func deploy(t *testing.T, w *town, store grant.Store, options ...option) *deployment {
	t.Helper()
	d := &deployment{town: w, store: &counting{Store: store}}
	log := slog.New(slog.NewJSONHandler(logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	client := opclient.Config{InsecureAllowLocal: true, Timeout: 3 * time.Second, Now: w.now}
	d.service = &grant.Service{Store: d.store, ReturnURLs: []string{returnURL}, Log: log, Now: w.now}
	for _, o := range options {
		o(&client, d.service)
	}
	base, err := opclient.New(client)
	if err != nil {
		t.Fatal(err)
	}
	if d.service.Server == nil {
		d.service.Server = signingkey.NewClient(signingkey.Fixed(signingkey.KeyOf(w.client, "key-1", w.key)), base)
	}
	api := &httpapi.API{Grants: d.service, Caller: callerByHeader, Log: log}
	server := httptest.NewServer(api.Handler())
	t.Cleanup(server.Close)
	d.URL, d.service.PublicURL = server.URL, server.URL
	return d
}

// callerByHeader stands for the authorizers, which have tests of their own.
func callerByHeader(r *http.Request) (httpapi.Identity, error) {
	if owner := r.Header.Get("Owner"); owner != "" {
		return httpapi.Identity{Owner: owner, Powers: power.All()}, nil
	}
	return httpapi.Identity{}, errors.New("nobody")
}

// counting is a store whose writes are counted.
type counting struct {
	grant.Store
	writes atomic.Int64
}

func (c *counting) Create(ctx context.Context, it *grant.Item) error {
	c.writes.Add(1)
	return c.Store.Create(ctx, it)
}

func (c *counting) Update(ctx context.Context, it *grant.Item) error {
	c.writes.Add(1)
	return c.Store.Update(ctx, it)
}

type answer struct {
	Status     int
	Location   string
	RetryAfter string
	Replayed   string // Idempotent-Replayed
	Body       map[string]any
	Raw        string
}

func (a answer) text(name string) string { s, _ := a.Body[name].(string); return s }

var browser = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{MaxIdleConnsPerHost: 50},
}

// call is the app's, or without an owner the browser's.
func call(t *testing.T, owner, method, url, body string, header ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader([]byte(body)))
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
	checked := *browser
	checked.Transport = own.Transport(browser.Transport, t.Errorf)
	res, err := checked.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{Status: res.StatusCode, Location: res.Header.Get("Location"),
		RetryAfter: res.Header.Get("Retry-After"), Replayed: res.Header.Get("Idempotent-Replayed"), Raw: string(raw)}
	_ = json.Unmarshal(raw, &a.Body)
	return a
}

// claimed is a grant whose app has its token.
func (d *deployment) claimed(t *testing.T) (id string, first answer) {
	t.Helper()
	id, consentURL := d.ask(t)
	code := returned(t, call(t, "", "GET", d.consent(t, consentURL), "").Location).Get("code")
	if first = d.token(t, id, `{"code":"`+code+`"}`); first.Status != http.StatusOK {
		t.Fatalf("%d %s", first.Status, first.Raw)
	}
	return id, first
}

// ask requests a grant that its user can consent to.
func (d *deployment) ask(t *testing.T) (id, consentURL string) {
	t.Helper()
	a := call(t, "shop", "POST", d.URL+"/grants", `{"walletAddress":"`+d.alice+`","returnUrl":"`+returnURL+`?order=7",
		"limits":{"debitAmount":{"value":"130"}}}`)
	if a.Status != http.StatusCreated {
		t.Fatalf("%d %s", a.Status, a.Raw)
	}
	return a.text("id"), a.text("consentUrl")
}

// consent is the user's yes; it returns where the wallet sends the browser.
func (d *deployment) consent(t *testing.T, consentURL string) string {
	t.Helper()
	finish, err := d.Approve(consentURL)
	if err != nil {
		t.Fatal(err)
	}
	return finish
}

func returned(t *testing.T, location string) url.Values {
	t.Helper()
	u, err := url.Parse(location)
	if err != nil || u.Scheme+"://"+u.Host+u.Path != returnURL || u.Query().Get("order") != "7" {
		t.Fatalf("returned to %q", location)
	}
	return u.Query()
}

func (d *deployment) token(t *testing.T, id, body string) answer {
	t.Helper()
	return call(t, "shop", "POST", d.URL+"/grants/"+id+"/token", body)
}
