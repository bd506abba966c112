package kms

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/signingkey"
	"github.com/opgrants/opgrants/pkg/httpsig"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// A registered is an authorization server that knows the keys which are registered at
// the wallet address.
type registered struct {
	*httptest.Server
	mu   sync.Mutex
	keys map[string]ed25519.PublicKey // by kid
	used []string                     // the kid of each request that was accepted
}

func newRegistered(t *testing.T) *registered {
	t.Helper()
	s := &registered{keys: map[string]ed25519.PublicKey{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *registered) register(keys ...ed25519.PublicKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.keys)
	for _, k := range keys {
		s.keys[signingkey.Thumbprint(k)] = k
	}
}

// last is the kid of the last request that was accepted.
func (s *registered) last() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.used[len(s.used)-1]
}

func (s *registered) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	result, err := (&httpsig.Verifier{Key: func(kid string) (ed25519.PublicKey, error) {
		if key, ok := s.keys[kid]; ok {
			return key, nil
		}
		return nil, errors.New("no such key")
	}}).Verify(r)
	if err != nil {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprint(w, `{"error":{"code":"invalid_client"}}`)
		return
	}
	s.used = append(s.used, result.KeyID)
	w.WriteHeader(http.StatusNoContent)
}

// A key is replaced by moving the alias, with requests in between: none fails.
func TestAnAliasIsMovedToANewKey(t *testing.T) {
	kms, auth := newServer(t), newRegistered(t)
	older := kms.add(t, arn+"1")
	auth.register(older)
	base, err := opclient.New(opclient.Config{InsecureAllowLocal: true})
	if err != nil {
		t.Fatal(err)
	}
	client := signingkey.NewClient(kms.source(), base)
	request := func(when string, key ed25519.PublicKey) {
		t.Helper()
		if err := client.Cancel(limited(t), opclient.Continue{URI: auth.URL, Token: "t"}); err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		if auth.last() != signingkey.Thumbprint(key) {
			t.Errorf("%s: signed with %s", when, auth.last())
		}
	}
	request("with one key", older)
	newer := kms.add(t, arn+"2")
	auth.register(older, newer)
	request("with the new one registered and the alias moved", older)
	auth.register(newer)
	request("with the old one no longer registered", newer)

	newest := kms.add(t, arn+"3")
	auth.register(newer, newest)
	kms.disable(arn + "2")
	request("with the old one disabled too early", newest)

	// A payment is sent once: its error says why it was not, and the next call has the key.
	last := kms.add(t, arn+"4")
	auth.register(newest, last)
	kms.disable(arn + "3")
	var told *grant.Error
	pay := &opclient.WalletAddress{ID: auth.URL + "/alice", ResourceServer: auth.URL}
	_, err = client.CreateOutgoingPayment(limited(t), pay, "t", opclient.OutgoingPaymentRequest{QuoteID: auth.URL + "/quotes/1"})
	if !errors.As(err, &told) || told.Code != grant.CodeKeyInvalid || !errors.Is(err, opclient.ErrNotSent) {
		t.Errorf("a payment: %v", err)
	}
	request("after the payment that could not be signed", last)

	kms.disable(arn + "4")
	err = client.Cancel(limited(t), opclient.Continue{URI: auth.URL, Token: "t"})
	if !errors.As(err, &told) || told.Code != grant.CodeKeyInvalid || !errors.Is(err, opclient.ErrNotSent) {
		t.Errorf("with no key that signs: %v", err)
	}
}

// What makes a request too long is the wallet's token, which no other key changes.
func TestATokenThatIsTooLongForKMS(t *testing.T) {
	kms, auth := newServer(t), newRegistered(t)
	auth.register(kms.add(t, arn))
	base, err := opclient.New(opclient.Config{InsecureAllowLocal: true})
	if err != nil {
		t.Fatal(err)
	}
	client := signingkey.NewClient(kms.source(), base)
	token := opclient.Secret(fmt.Sprintf("%04096d", 1))
	err = client.Cancel(limited(t), opclient.Continue{URI: auth.URL, Token: token})
	if !errors.Is(err, ErrTooLong) || len(auth.used) != 0 || kms.count("GetPublicKey") != 1 {
		t.Errorf("got %v, with %d reads of the key", err, kms.count("GetPublicKey"))
	}
}
