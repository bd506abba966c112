package identity

import (
	"crypto/ed25519"
	"encoding/base64"
)

// newServedKey reads a key of a JWKS as authorization servers do: the OpenAPI
// description of Open Payments (wallet-address-server, json-web-key) allows only
// Ed25519 keys in one spelling.
func newServedKey(members map[string]any) ServedKey {
	text := func(name string) string {
		s, _ := members[name].(string)
		return s
	}
	k := ServedKey{KeyID: text("kid"), X: text("x")}
	x, err := base64.RawURLEncoding.DecodeString(k.X)
	switch use, hasUse := members["use"]; {
	case members["d"] != nil:
		k.Fault = "it has the member d: this is a private key, which everybody can read"
	case k.KeyID == "":
		k.Fault = "its kid is missing or is not a string"
	case text("alg") != "EdDSA":
		k.Fault = `its alg must be "EdDSA"`
	case text("kty") != "OKP":
		k.Fault = `its kty must be "OKP"`
	case text("crv") != "Ed25519":
		k.Fault = `its crv must be "Ed25519"`
	case hasUse && use != "sig":
		k.Fault = `its use must be "sig", or left out`
	case err != nil || len(x) != ed25519.PublicKeySize:
		k.Fault = "its x must be 32 bytes in base64url without padding"
	}
	return k
}
