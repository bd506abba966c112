package signingkey

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
)

// Thumbprint returns the key's JWK thumbprint (RFC 7638, RFC 8037 appendix A.3), which
// is its id if nobody chose another.
func Thumbprint(public ed25519.PublicKey) string {
	// RFC 7638 section 3: the members that make the key, in this order.
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + base64.RawURLEncoding.EncodeToString(public) + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
