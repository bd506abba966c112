package opclient

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"
)

// The forms of keys are tested in internal/privatekey.
func TestParsePrivateKey(t *testing.T) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if got, err := ParsePrivateKey(text); err != nil || !got.Equal(key) {
		t.Errorf("of a PEM: %v", err)
	}
	half := base64.StdEncoding.EncodeToString(key.Seed()[:16])
	if got, err := ParsePrivateKey([]byte(half)); err == nil || got != nil || strings.Contains(err.Error(), half[:8]) {
		t.Errorf("of half a seed: %v", err)
	}
}
