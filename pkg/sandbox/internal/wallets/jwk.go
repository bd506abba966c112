package wallets

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
)

// A JWK is a public Ed25519 key (RFC 8037).
type JWK struct {
	KeyID     string `json:"kid"`
	Algorithm string `json:"alg"` // EdDSA
	Use       string `json:"use,omitempty"`
	KeyType   string `json:"kty"` // OKP
	Curve     string `json:"crv"` // Ed25519
	X         string `json:"x"`   // the 32 bytes in base64url
}

// PublicKey returns an error for a key that the OpenAPI description does not allow.
func (k JWK) PublicKey() (ed25519.PublicKey, error) {
	if k.KeyID == "" || k.Algorithm != "EdDSA" || k.KeyType != "OKP" || k.Curve != "Ed25519" || k.Use != "" && k.Use != "sig" {
		return nil, fmt.Errorf("key %q: kid must be there, alg EdDSA, kty OKP, crv Ed25519, and use sig or left out", k.KeyID)
	}
	x, err := base64.RawURLEncoding.DecodeString(k.X)
	if err != nil || len(x) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("key %q: x must be 32 bytes in base64url without padding", k.KeyID)
	}
	return x, nil
}

// ErrUnknownKey means that the key set has no key of the id in the signature.
var ErrUnknownKey = errors.New("the key set has no key")

// findKey returns the first key of that id. One bad key makes the whole set invalid,
// as at the reference implementation.
func findKey(keys []JWK, keyID string) (key ed25519.PublicKey, err error) {
	for _, k := range keys {
		p, err := k.PublicKey()
		if err != nil {
			return nil, err
		}
		if k.KeyID == keyID && key == nil {
			key = p
		}
	}
	if key == nil {
		return nil, fmt.Errorf("%w %q", ErrUnknownKey, keyID)
	}
	return key, nil
}

func checkKeys(keys []JWK) error {
	for _, k := range keys {
		if _, err := k.PublicKey(); err != nil {
			return errors.Join(errors.New("sandbox: such a key set would be refused as a whole"), err)
		}
	}
	return nil
}
