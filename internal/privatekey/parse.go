package privatekey

import (
	"bytes"
	"crypto/ed25519"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxSize is more bytes than any key that can be used has.
const MaxSize = 64 << 10

// maxDepth is how many encodings may be around a key: base64 of JSON with a PEM
// in base64 is three.
const maxDepth = 6

// Parse reads an Ed25519 private key:
//
//   - PKCS#8 in PEM, whatever became of its white space, with text around it
//   - PKCS#8 in DER, version 1 or 2 (RFC 8410, RFC 5958)
//   - an OpenSSH private key without a passphrase
//   - a JWK (RFC 8037), or a JWKS with one private key
//   - the seed of 32 bytes, or the seed followed by the public key
//
// Each may be in base64, base64url or hexadecimal, in quotes, with escapes or
// percent-encoding, after NAME= or in a JSON member privateKey. Where a public
// key is given too, it must be that of the private key.
func Parse(data []byte) (ed25519.PrivateKey, error) {
	if len(data) > MaxSize {
		return nil, errTooLarge
	}
	return parseBytes(data, 0)
}

// parseBytes reads what is in a file, or what an encoding had around it.
func parseBytes(data []byte, depth int) (ed25519.PrivateKey, error) {
	switch {
	case isRaw(data, depth):
		return fromRaw(data)
	case len(bytes.TrimSpace(data)) == 0:
		return nil, errEmpty
	case isUTF16(data):
		return nil, errUTF16
	case bytes.HasPrefix(data, []byte(openSSHMagic)):
		return parseOpenSSH(data)
	case isText(data):
		return parseText(string(data), depth)
	}
	return parseDER(data)
}

// isRaw reports whether data has the length of a seed, or of a seed and its
// public key, and is neither text nor the beginning of another form. What was in
// an encoding may be a seed that is text: people make such keys by hand.
func isRaw(data []byte, depth int) bool {
	if beginsOtherForm(data) || bytes.HasPrefix(data, []byte("{")) && isText(data) {
		return false
	}
	switch len(data) {
	case ed25519.SeedSize:
		return (depth > 0 || !isText(data)) && !isUTF16(data)
	case ed25519.PrivateKeySize:
		return !isText(data) && !isUTF16(data)
	}
	return false
}

// beginsOtherForm reports whether data begins as PEM, as OpenSSH's form, or as a key in
// DER: a sequence that begins with a version. No shorter beginning counts, because a
// seed may begin with any bytes.
func beginsOtherForm(data []byte) bool {
	if bytes.HasPrefix(data, []byte("-----")) || bytes.HasPrefix(data, []byte(openSSHMagic)) {
		return true
	}
	content := 2
	if len(data) > 8 && data[1] > 0x80 { // the length has a length
		content += int(data[1] & 3)
	}
	return len(data) > 8 && data[0] == 0x30 && bytes.HasPrefix(data[content:], []byte{2, 1})
}

// fromRaw reads a seed, or a seed and its public key.
func fromRaw(raw []byte) (ed25519.PrivateKey, error) {
	switch len(raw) {
	case ed25519.SeedSize:
		return ed25519.NewKeyFromSeed(raw), nil
	case ed25519.PrivateKeySize:
		key := ed25519.NewKeyFromSeed(raw[:ed25519.SeedSize])
		if !bytes.Equal(key, raw) {
			return nil, errHalves
		}
		return key, nil
	}
	return nil, wrongLength(len(raw))
}

// agrees returns key if public is its public key or empty.
func agrees(key ed25519.PrivateKey, public []byte) (ed25519.PrivateKey, error) {
	if len(public) > 0 && !bytes.Equal(key[ed25519.SeedSize:], public) {
		return nil, errHalves
	}
	return key, nil
}

func isText(data []byte) bool {
	return utf8.Valid(data) && !strings.ContainsFunc(string(data), func(r rune) bool {
		return unicode.IsControl(r) && !unicode.IsSpace(r)
	})
}

// isUTF16 reports whether data is text in UTF-16, with its byte order mark or
// without it: then every second byte of a key's text is zero. The mark alone proves
// nothing, because a seed may begin with it.
func isUTF16(data []byte) bool {
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		data = data[2:]
	} else if len(data) < 8 {
		return false
	}
	var zeros [2]int
	for i, b := range data {
		if b == 0 {
			zeros[i%2]++
		}
	}
	half := len(data) / 2
	return zeros[0] >= half-1 && zeros[1] == 0 || zeros[1] >= half-1 && zeros[0] == 0
}
