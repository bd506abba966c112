package opclient

import (
	"crypto/ed25519"

	"github.com/opgrants/opgrants/internal/privatekey"
)

// ParsePrivateKey reads an Ed25519 private key in every form in which tools,
// consoles, containers and env files leave one: PKCS#8 in PEM or DER, an OpenSSH
// key without a passphrase, a JWK, or the seed of 32 bytes with or without the
// public key after it. Each may be in base64, base64url or hexadecimal, in quotes,
// with escapes, and a PEM may have lost its line breaks.
//
// Anything else is an error that names what it looks like and what to do, and
// repeats nothing of what was given.
func ParsePrivateKey(data []byte) (ed25519.PrivateKey, error) {
	return privatekey.Parse(data)
}
