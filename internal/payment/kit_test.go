package payment_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/payment"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

const (
	owner     = "shop"
	returnURL = "https://shop.example/thanks"
)

// A life is a service with a server of wallets, and stores.
type life struct {
	*payment.Service
	grants   *grant.Service
	items    *memory[grant.Item]
	payments *memory[payment.Item]
	gate     *gate
	net      *transport
	sender   *sandbox.Server // of everybody
	alice    string          // the sender's wallet address
	shop     string          // the service's own
	stall    string          // another one
	logged   *bytes.Buffer
	counts   map[payment.Metric]int
}

func inBubble(t *testing.T, test func(t *testing.T, l *life)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newLife(t, sandbox.Config{})) })
}

func newLife(t *testing.T, c sandbox.Config) *life {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	c.Wait, c.Work = -1, -1
	c.PublicURL = "http://wallet.example"
	l := &life{gate: &gate{}, logged: &bytes.Buffer{}, counts: map[payment.Metric]int{}}
	c.ForeignClients = &http.Client{Transport: clients{l}}
	var err error
	l.sender, err = sandbox.New(c)
	must(err)
	l.net = &transport{wallets: []*sandbox.Server{l.sender}}
	public, private, err := ed25519.GenerateKey(nil)
	must(err)
	l.alice, err = l.sender.AddWallet(sandbox.Wallet{Name: "alice", PublicName: "Alice"})
	must(err)
	l.shop, err = l.sender.AddWallet(sandbox.Wallet{Name: "shop", PublicName: "Shop", Keys: []sandbox.JWK{sandbox.NewJWK("key-1", public)}})
	must(err)
	l.stall, err = l.sender.AddWallet(sandbox.Wallet{Name: "stall", PublicName: "Stall"})
	must(err)
	client, err := opclient.New(opclient.Config{WalletAddress: l.shop, KeyID: "key-1", Key: private, HTTP: &http.Client{Transport: l.net}, InsecureAllowLocal: true, Timeout: 28 * time.Second})
	must(err)
	l.items, l.payments = newGrantMemory(l.gate), newPaymentMemory(l.gate)
	log := slog.New(slog.NewTextHandler(l.logged, nil))
	l.grants = &grant.Service{Store: l.items, Lists: l.items, Server: client, Spending: client, PublicURL: "https://grants.example",
		ReturnURLs: []string{returnURL}, Log: log}
	l.Service = &payment.Service{Store: l.payments, Lists: l.payments, Grants: l.grants, Wallet: client, WalletAddress: l.shop, Log: log,
		Count: func(_ context.Context, m payment.Metric, _ string, n int) { l.counts[m] += n }}
	l.grants.Checkouts = l.Service
	must(l.grants.Warm(t.Context()))
	t.Cleanup(func() { _ = l.sender.Close() })
	return l
}

// clients lets a wallet read the keys of a client elsewhere.
type clients struct{ l *life }

func (c clients) RoundTrip(r *http.Request) (*http.Response, error) { return c.l.net.serve(r) }

// granted is a claimed grant with a limit.
func (l *life) granted(t *testing.T, r grant.Request) string {
	t.Helper()
	id, code := l.consented(t, r)
	if _, err := l.grants.Claim(t.Context(), owner, id, code); err != nil {
		t.Fatal(err)
	}
	return id
}

// consented is a grant that its user consented to, and its code.
func (l *life) consented(t *testing.T, r grant.Request) (id, code string) {
	t.Helper()
	r.WalletAddress, r.ReturnURL = l.alice, returnURL
	made, err := l.grants.Request(t.Context(), owner, r)
	if err != nil {
		t.Fatal(err)
	}
	return made.ID, l.approve(t, made)
}

func (l *life) approve(t *testing.T, made *grant.Resource) (code string) {
	t.Helper()
	back, err := l.sender.Approve(made.ConsentURL)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(back)
	if err != nil {
		t.Fatal(err)
	}
	out, err := l.grants.Finish(t.Context(), made.ID, u.RawQuery)
	if err != nil {
		t.Fatal(err)
	}
	if u, err = url.Parse(out.Redirect); err != nil || u.Query().Get("code") == "" {
		t.Fatalf("outcome %+v", out)
	}
	return u.Query().Get("code")
}

func amount(value string) *grant.AmountRequest { return &grant.AmountRequest{Value: value} }

func whole(value string) *grant.AmountRequest {
	scale := uint8(2)
	return &grant.AmountRequest{Value: value, AssetCode: "USD", AssetScale: &scale}
}

func limited(value string) grant.Request {
	return grant.Request{Limits: &grant.LimitsRequest{DebitAmount: amount(value)}}
}

// pays is a request to pay the service's own wallet address, so that this arrives.
func (l *life) pays(value string) payment.Request {
	return payment.Request{To: l.shop, ReceiveAmount: amount(value)}
}

// checkout is a grant for one payment, claimed.
func (l *life) checkout(t *testing.T, r grant.CheckoutRequest) string {
	t.Helper()
	return l.granted(t, grant.Request{Payment: &r})
}

func (l *life) mustMake(t *testing.T, grantID string, r payment.Request, key string) *payment.Resource {
	t.Helper()
	made, _, err := l.Make(t.Context(), owner, grantID, r, key, 5*time.Second)
	if err != nil {
		t.Fatalf("make: %v\n%s", err, l.logged)
	}
	return made
}

func (l *life) read(t *testing.T, p *payment.Resource) *payment.Resource {
	t.Helper()
	got, err := l.Get(t.Context(), owner, p.GrantID, p.ID)
	if err != nil {
		t.Fatalf("get: %v\n%s", err, l.logged)
	}
	return got
}

// made is how many outgoing payments the sender's wallet has made.
func (l *life) made() int { return len(l.sender.AllOutgoingPayments()) }

// arrivedAt is how much really arrived at an incoming payment from alice.
func (l *life) arrivedAt(receiver string) (value uint64) {
	for _, t := range l.sender.Ledger() {
		if t.IncomingPayment == receiver && t.OutgoingPayment != "" {
			value += t.Arrived.Value
		}
	}
	return value
}

func wantCode(t *testing.T, err error, code string) *grant.Error {
	t.Helper()
	var e *grant.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Fatalf("error %v, want code %s", err, code)
	}
	return e
}

func wantStatus(t *testing.T, p *payment.Resource, want payment.Status) {
	t.Helper()
	if p == nil || p.Status != want {
		t.Fatalf("payment %+v, want %s", p, want)
	}
}

func describe(p *payment.Resource) string {
	if p == nil {
		return "no payment"
	}
	s := fmt.Sprintf("%s %s", p.ID, p.Status)
	if p.Failure != nil {
		s += " " + p.Failure.Code
	}
	return s
}

func contextThatLeaves(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithCancel(t.Context())
}

func (l *life) address(t *testing.T, url string) *opclient.WalletAddress {
	t.Helper()
	w, err := l.Wallet.WalletAddress(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	return w
}
