package identity

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
)

// NewKeyPair makes an Ed25519 key. private is PKCS#8 in PEM.
func NewKeyPair() (public ed25519.PublicKey, private []byte, err error) {
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, nil, err
	}
	return public, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
