package privatekey

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"testing"
)

// A seed may begin and end with any bytes, also with those that other forms begin with.
func TestASeedMayBeginAndEndWithAnyBytes(t *testing.T) {
	t.Parallel()
	middle := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))[ed25519.SeedSize:]
	for first := range 256 {
		for _, second := range append([]byte("\x00\x01\n -.0={}\x7f\x80\x81\x82\xfe\xff"), byte(first)) {
			seed := bytes.Clone(middle)
			seed[0], seed[1], seed[len(seed)-1] = byte(first), second, second
			for name, text := range map[string][]byte{
				"base64":    []byte(base64.StdEncoding.EncodeToString(seed)),
				"base64url": []byte(base64.RawURLEncoding.EncodeToString(seed)),
				"hex":       []byte(hex.EncodeToString(seed)),
				"raw":       seed,
			} {
				key, err := Parse(text)
				if err != nil || !bytes.Equal(key.Seed(), seed) {
					t.Fatalf("%s of a seed that begins with %x: %v", name, seed[:2], err)
				}
			}
		}
	}
}
