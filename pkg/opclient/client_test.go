package opclient

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/httpsig"
)

// testKey is no secret: its seed is zeros.
var testKey = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))

// A server answers with handler and keeps the requests it saw.
type server struct {
	*httptest.Server
	mu   sync.Mutex
	seen []seen
}

type seen struct {
	*http.Request
	body []byte
}

func newServer(t *testing.T, handler http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.seen = append(s.seen, seen{r.Clone(context.Background()), body})
		s.mu.Unlock()
		handler(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) requests() []seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]seen(nil), s.seen...)
}

// the one request that the server saw.
func (s *server) only(t *testing.T) seen {
	t.Helper()
	all := s.requests()
	if len(all) != 1 {
		t.Fatalf("the server saw %d requests, want 1", len(all))
	}
	return all[0]
}

// answer writes text as JSON, with SERVER replaced by the server's URL.
func answer(status int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, strings.ReplaceAll(text, "SERVER", "http://"+r.Host))
	}
}

func newClient(t *testing.T, change ...func(*Config)) *Client {
	t.Helper()
	config := Config{
		WalletAddress:      "https://shop.example/.well-known/pay",
		KeyID:              "key-1",
		Key:                testKey,
		InsecureAllowLocal: true,
		Timeout:            2 * time.Second,
	}
	for _, f := range change {
		f(&config)
	}
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	if idle, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.Cleanup(idle.CloseIdleConnections)
	}
	return c
}

// verify checks the signature, and that it covers all that it must.
func verify(t *testing.T, r seen) *httpsig.Result {
	t.Helper()
	covered := []string{"@method", "@target-uri"}
	if r.Header.Get("Authorization") != "" {
		covered = append(covered, "authorization")
	}
	if len(r.body) > 0 {
		covered = append(covered, "content-digest", "content-length", "content-type")
	}
	v := httpsig.Verifier{Require: covered, Key: func(string) (ed25519.PublicKey, error) {
		return testKey.Public().(ed25519.PublicKey), nil
	}}
	r.Request.Body = io.NopCloser(bytes.NewReader(r.body))
	result, err := v.Verify(r.Request)
	if err != nil {
		t.Fatalf("the signature does not verify: %v", err)
	}
	return result
}

const (
	pendingAnswer = `{"interact":{"redirect":"SERVER/interact/1","finish":"748D38A0"},` +
		`"continue":{"access_token":{"value":"CONT"},"uri":"SERVER/continue/1","wait":5}}`
	grantedAnswer = `{"access_token":{"value":"TOKEN","manage":"SERVER/token/1","expires_in":600,"access":[` +
		`{"type":"outgoing-payment","actions":["create","read"],"identifier":"https://wallet.example/alice"}]},` +
		`"continue":{"access_token":{"value":"CONT"},"uri":"SERVER/continue/1"}}`
)

func outgoing() GrantRequest {
	return GrantRequest{
		Access: []Access{{
			Type: TypeOutgoingPayment, Actions: []string{"create", "read"}, Identifier: "https://wallet.example/alice",
			Limits: &Limits{DebitAmount: &Amount{"130", "USD", 2}, Interval: "R/2025-04-22T08:00:00Z/P1D"},
		}},
		Finish: &Finish{URI: "https://shop.example/back?a=1&b=2", Nonce: "our-nonce"},
	}
}

func TestRequestGrantSendsWhatTheOfficialSDKSends(t *testing.T) {
	s := newServer(t, answer(200, pendingAnswer))
	grant, err := newClient(t).RequestGrant(context.Background(), s.URL+"/auth", outgoing())
	if err != nil {
		t.Fatal(err)
	}
	if grant.Token != nil || grant.Interact.Redirect != s.URL+"/interact/1" || grant.Interact.Finish != "748D38A0" {
		t.Errorf("interact: %+v", grant.Interact)
	}
	if want := (Continue{s.URL + "/continue/1", "CONT", 5 * time.Second}); grant.Continue != want {
		t.Errorf("continue: %#v", grant.Continue)
	}
	r := s.only(t)
	want := `{"access_token":{"access":[{"type":"outgoing-payment","actions":["create","read"],"identifier":"https://wallet.example/alice",` +
		`"limits":{"debitAmount":{"value":"130","assetCode":"USD","assetScale":2},"interval":"R/2025-04-22T08:00:00Z/P1D"}}]},` +
		`"interact":{"start":["redirect"],"finish":{"method":"redirect","uri":"https://shop.example/back?a=1&b=2","nonce":"our-nonce"}},` +
		`"client":{"walletAddress":"https://shop.example/.well-known/pay"}}`
	if string(r.body) != want {
		t.Errorf("the body is\n%s\nwant\n%s", r.body, want)
	}
	verify(t, r)
}
