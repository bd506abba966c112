package config

import (
	"crypto/ed25519"
	"encoding/base64"
	"testing"
)

func TestAKeyAfterDashesLooksLikeAKey(t *testing.T) {
	for first := range 256 { // so that some begin with a dash in base64url
		seed := make([]byte, ed25519.SeedSize)
		seed[0] = byte(first)
		for _, dashes := range []string{"", "-", "--"} {
			if value := dashes + base64.RawURLEncoding.EncodeToString(seed); !LooksLikeKey(value) {
				t.Errorf("%q does not look like a key", value)
			}
		}
	}
}
