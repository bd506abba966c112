package signingkey

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/opgrants/opgrants/pkg/opclient"
)

// A Key is the client's signing key, and the wallet address whose JWKS has its
// public half under the id KeyID. The private half is in this process or, as a
// [Remote], in another machine.
type Key struct {
	WalletAddress string
	KeyID         string
	signer        *crypto.Signer // fmt shows of a pointer in a struct only the address, whatever the verb
}

// A Remote is a key that signs in another machine. Its errors are made by
// [Missing], [Invalid], [Unavailable] or [TooLong].
type Remote interface {
	crypto.Signer
	// SignContext returns the Ed25519 signature of message.
	SignContext(ctx context.Context, message []byte) ([]byte, error)
	// Location is the name of the key there.
	Location() string
}

// KeyOf returns the key that signs with signer, an Ed25519 key.
func KeyOf(walletAddress, keyID string, signer crypto.Signer) *Key {
	return &Key{WalletAddress: walletAddress, KeyID: keyID, signer: &signer}
}

// Signer returns what signs with the key, or nil of the zero Key.
func (k *Key) Signer() crypto.Signer {
	if k.signer == nil {
		return nil
	}
	return *k.signer
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

// equal reports whether both sign with the same key at the same place.
func (k *Key) equal(other *Key) bool {
	return k.WalletAddress == other.WalletAddress && k.KeyID == other.KeyID &&
		bytes.Equal(k.public(), other.public()) && k.location() == other.location()
}

// public returns the public half, or nil if it is not an Ed25519 key.
func (k *Key) public() ed25519.PublicKey {
	if k.signer == nil {
		return nil
	}
	public, _ := (*k.signer).Public().(ed25519.PublicKey)
	return public
}

// location returns where a [Remote] is, or "" of a key in this process.
func (k *Key) location() string {
	if remote, ok := k.Signer().(Remote); ok {
		return remote.Location()
	}
	return ""
}

// Format prints no secret, whatever the verb is.
func (k Key) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "key "+k.KeyID+" of "+k.WalletAddress)
}

// LogValue keeps the key out of structured logs.
func (k Key) LogValue() slog.Value {
	return slog.GroupValue(slog.String("wallet_address", k.WalletAddress), slog.String("key_id", k.KeyID))
}
