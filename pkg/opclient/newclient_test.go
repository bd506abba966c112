package opclient

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/netguard"
)

func TestNewRefusesAClientThatNoServerWouldKnow(t *testing.T) {
	p256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	for _, c := range []struct {
		wallet, keyID string
		key           crypto.Signer
		field         string
	}{
		{"", "key-1", testKey, "walletAddress"},
		{"shop", "key-1", testKey, "walletAddress"},
		{"http://shop.example/", "key-1", testKey, "walletAddress"},
		{"https://shop.example/", "", testKey, "keyId"},
		{"https://shop.example/", "a;b", testKey, "keyId"},
		{"https://shop.example/", `a"b`, testKey, "keyId"},
		{"https://shop.example/", "a b", testKey, "keyId"},
		{"https://shop.example/", "é", testKey, "keyId"},
		{"https://shop.example/", "a\nb", testKey, "keyId"},
		{"https://shop.example/", `a\b`, testKey, "keyId"},
		{"https://shop.example/", "a\x7fb", testKey, "keyId"},
		{"https://shop.example/", "key-1", p256, "key"},
		{"https://shop.example/", "key-1", ed25519.PrivateKey(nil), "key"}, // whose error was not looked at
		{"https://shop.example/", "key-1", testKey[:ed25519.SeedSize], "key"},
	} {
		_, err := New(Config{WalletAddress: c.wallet, KeyID: c.keyID, Key: c.key})
		if invalid, ok := errors.AsType[*InvalidError](err); !ok || invalid.Field != c.field {
			t.Errorf("%q, %q: got %v, want %s", c.wallet, c.keyID, err, c.field)
		}
	}
	c, err := New(Config{WalletAddress: "https://shop.example/", KeyID: "!~", Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.WithKey("https://shop.example/", "key-1", nil); err == nil {
		t.Error("WithKey takes no key")
	}
}

func TestAGrantWithoutATokenHasNoneToRotate(t *testing.T) {
	c, err := New(Config{WalletAddress: "https://shop.example/", KeyID: "key-1", Key: testKey})
	if err != nil {
		t.Fatal(err)
	}
	pending := &Grant{}
	_, rotated := c.Rotate(t.Context(), pending.Token)
	for _, err := range []error{rotated, c.Revoke(t.Context(), pending.Token)} {
		if invalid, ok := errors.AsType[*InvalidError](err); !ok || invalid.Field != "token" {
			t.Errorf("got %v", err)
		}
	}
}

func TestTheClientMayBeNamedByItsPaymentPointer(t *testing.T) {
	c, err := New(Config{WalletAddress: "$shop.example", KeyID: "key-1", Key: testKey})
	if err != nil || c.walletAddress != "https://shop.example/.well-known/pay" {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestTheTransportIsTheGuardedOneUnlessAnotherIsGiven(t *testing.T) {
	own := &http.Transport{}
	for _, c := range []struct {
		given *http.Client
		want  string
	}{
		{nil, fmt.Sprintf("%T", &netguard.Transport{})},
		{&http.Client{}, fmt.Sprintf("%T", http.DefaultTransport)},
		{&http.Client{Transport: own}, fmt.Sprintf("%T", own)},
	} {
		client, err := New(Config{HTTP: c.given})
		if err != nil || fmt.Sprintf("%T", client.transport) != c.want {
			t.Errorf("got %T, %v; want %s", client.transport, err, c.want)
		}
	}
}

func TestTheTimeoutIsTenSecondsUnlessOneIsGiven(t *testing.T) {
	for given, want := range map[time.Duration]time.Duration{-1: defaultTimeout, 0: defaultTimeout, 1: 1, time.Hour: time.Hour} {
		if c, err := New(Config{Timeout: given}); err != nil || c.timeout != want {
			t.Errorf("%s: got %+v, %v", given, c, err)
		}
	}
}

func TestWithKeyIsAnotherClient(t *testing.T) {
	c := newClient(t)
	other, err := c.WithKey("https://other.example/", "key-2", testKey)
	if err != nil {
		t.Fatal(err)
	}
	if c.walletAddress == other.walletAddress || c.sign.KeyID != "key-1" || other.sign.KeyID != "key-2" ||
		c.transport != other.transport || c.wallets != other.wallets {
		t.Errorf("got %+v and %+v", c, other)
	}
}
