package signingkey

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// A Key is the client's private key, and the wallet address whose JWKS has its
// public half under the id KeyID.
type Key struct {
	WalletAddress string
	KeyID         string
	private       *ed25519.PrivateKey // fmt shows of a pointer in a struct only the address, whatever the verb
}

// KeyOf returns the key that has been read already.
func KeyOf(walletAddress, keyID string, private ed25519.PrivateKey) *Key {
	return &Key{WalletAddress: walletAddress, KeyID: keyID, private: &private}
}

// Private returns the private key, or nil of the zero Key.
func (k *Key) Private() ed25519.PrivateKey {
	if k.private == nil {
		return nil
	}
	return *k.private
}

// NewKey reads a private key in any form that [opclient.ParsePrivateKey] knows.
// It refuses a keyID that is the private key, as key ids are sent and logged. The
// error repeats neither.
func NewKey(walletAddress, keyID string, private []byte) (*Key, error) {
	parsed, err := opclient.ParsePrivateKey(private)
	if err != nil {
		return nil, err
	}
	if id, err := opclient.ParsePrivateKey([]byte(keyID)); err == nil && id.Equal(parsed) {
		return nil, errKeyAsID
	}
	return KeyOf(walletAddress, keyID, parsed), nil
}

var errKeyAsID = errors.New("the key's id is the private key itself; the id is the kid in the JWKS of the wallet address")

func (k *Key) equal(other *Key) bool {
	return k.WalletAddress == other.WalletAddress && k.KeyID == other.KeyID && bytes.Equal(k.Private(), other.Private())
}

// Format prints no secret, whatever the verb is.
func (k Key) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "key "+k.KeyID+" of "+k.WalletAddress)
}

// LogValue keeps the key out of structured logs.
func (k Key) LogValue() slog.Value {
	return slog.GroupValue(slog.String("wallet_address", k.WalletAddress), slog.String("key_id", k.KeyID))
}
