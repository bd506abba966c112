package identity

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/opgrants/opgrants/internal/config"
	"github.com/opgrants/opgrants/internal/signingkey"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// A JWK is a public key as wallets serve it (RFC 7517, RFC 8037).
type JWK struct {
	KeyID     string `json:"kid"`
	Algorithm string `json:"alg"`
	KeyType   string `json:"kty"`
	Curve     string `json:"crv"`
	X         string `json:"x"`
}

// NewJWK makes the JWK of a key. An empty keyID is the key's RFC 7638 thumbprint.
func NewJWK(public ed25519.PublicKey, keyID string) (JWK, error) {
	x := base64.RawURLEncoding.EncodeToString(public)
	if keyID == "" {
		keyID = signingkey.Thumbprint(public)
	}
	for _, r := range keyID {
		// It becomes the keyid of a signature, where servers split at ";".
		if r <= ' ' || r > '~' || strings.ContainsRune(`;"\,`, r) {
			return JWK{}, fmt.Errorf("%s: use letters, digits and - _ . only", config.Describe(keyID))
		}
	}
	return JWK{KeyID: keyID, Algorithm: "EdDSA", KeyType: "OKP", Curve: "Ed25519", X: x}, nil
}

// Base64 returns the JWK in base64, which the test wallet's upload takes.
func (k JWK) Base64() (string, error) {
	text, err := json.Marshal(k)
	return base64.StdEncoding.EncodeToString(text), err
}

// Describe returns the public key in each form that a wallet may ask for.
func (k JWK) Describe() (string, error) {
	one, err := json.Marshal(k)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("\nJWK\n  %s\n\nJWKS\n  {\"keys\":[%s]}\n\nJWK in base64\n  %s\n",
		one, one, base64.StdEncoding.EncodeToString(one)), nil
}

// EncodeSecret returns the JSON of the secret that the functions read.
func EncodeSecret(wallet, keyID string, pem []byte) ([]byte, error) {
	wallet, err := opclient.ParseWalletAddress(wallet)
	var invalid *opclient.InvalidError
	if errors.As(err, &invalid) {
		return nil, errors.New(invalid.Reason)
	}
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err = e.Encode(map[string]string{
		"walletAddress": wallet,
		"keyId":         keyID,
		"privateKey":    base64.StdEncoding.EncodeToString(pem),
	})
	return b.Bytes(), err
}
