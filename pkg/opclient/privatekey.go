package opclient

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// ParsePrivateKey reads an Ed25519 private key: PKCS#8 in PEM ("BEGIN PRIVATE
// KEY"), that PEM in base64, or the 32-byte seed in base64. Errors never repeat
// what was given.
func ParsePrivateKey(data []byte) (ed25519.PrivateKey, error) {
	data = bytes.TrimSpace(data)
	if len(data) == 0 {
		return nil, errors.New("the private key is empty")
	}
	if bytes.HasPrefix(data, []byte("-----BEGIN")) {
		return parsePEM(data)
	}
	decoded, err := decodeBase64(string(data))
	if err != nil {
		return nil, errors.New("the private key must be PKCS#8 in PEM, that PEM in base64, or a 32-byte seed in base64")
	}
	if decoded = bytes.TrimSpace(decoded); bytes.HasPrefix(decoded, []byte("-----BEGIN")) {
		return parsePEM(decoded)
	}
	decoded, _ = decodeBase64(string(data)) // a seed may begin or end with what looks like a space
	if len(decoded) != ed25519.SeedSize {
		return nil, fmt.Errorf("the private key in base64 must be a PEM or a seed of 32 bytes, not %d bytes of something else", len(decoded))
	}
	return ed25519.NewKeyFromSeed(decoded), nil
}

// decodeBase64 takes both alphabets, padded or not, and line breaks.
func decodeBase64(s string) ([]byte, error) {
	s = strings.TrimRight(strings.Join(strings.Fields(s), ""), "=")
	if strings.ContainsAny(s, "-_") {
		return base64.RawURLEncoding.DecodeString(s)
	}
	return base64.RawStdEncoding.DecodeString(s)
}

func parsePEM(data []byte) (ed25519.PrivateKey, error) {
	block, rest := pem.Decode(data)
	switch {
	case block == nil:
		return nil, errors.New("the private key's PEM is broken: it must keep its lines, from BEGIN PRIVATE KEY to END PRIVATE KEY")
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, errors.New("the private key's PEM must hold one key and nothing else")
	case block.Type != "PRIVATE KEY":
		return nil, fmt.Errorf("the PEM holds a %q; it must be an unencrypted PKCS#8 %q", pemType(block.Type), "PRIVATE KEY")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("the PEM does not hold a PKCS#8 private key")
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("the private key must be Ed25519, it is %T", key)
	}
	return private, nil
}

// pemType repeats only labels that exist: another could be anything.
func pemType(label string) string {
	switch label {
	case "PUBLIC KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY", "CERTIFICATE":
		return label
	}
	return "block of another type"
}
