package privatekey

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"strings"
)

var errNotJSON = errors.New("not JSON")

// parseJSON reads a JWK, a JWKS, an object that has the key as a member, a list
// of bytes or a list of lines. If text is no JSON the error is errNotJSON.
func parseJSON(text string, depth int) (ed25519.PrivateKey, error) {
	// A line break in a JSON string is a mistake that consoles let pass.
	text = strings.NewReplacer("\r", " ", "\n", " ", "\t", " ").Replace(text)
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return nil, errNotJSON
	}
	return parseValue(value, depth+1)
}

func parseValue(value any, depth int) (ed25519.PrivateKey, error) {
	if depth > maxDepth {
		return nil, errJSON
	}
	switch value := value.(type) {
	case string:
		return parseText(value, depth+1)
	case []any:
		return parseList(value, depth)
	case map[string]any:
		return parseObject(value, depth)
	}
	return nil, errJSON
}

func parseObject(object map[string]any, depth int) (ed25519.PrivateKey, error) {
	if _, ok := object["kty"]; ok {
		return parseJWK(object)
	}
	if keys, ok := object["keys"].([]any); ok {
		return parseJWKS(keys)
	}
	if data, ok := object["data"].([]any); ok && object["type"] == "Buffer" { // JSON of Node.js
		return parseList(data, depth)
	}
	var found []any
	for name, value := range object {
		switch strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name)) {
		case "privatekey", "secretkey", "secretstring", "privatekeyjwk":
			found = append(found, value)
		}
	}
	if len(found) != 1 {
		return nil, errJSON
	}
	return parseValue(found[0], depth+1)
}

// parseList reads bytes as numbers, or lines as strings.
func parseList(list []any, depth int) (ed25519.PrivateKey, error) {
	var raw []byte
	var lines []string
	for _, e := range list {
		switch e := e.(type) {
		case float64:
			if e != float64(byte(e)) {
				return nil, errJSON
			}
			raw = append(raw, byte(e))
		case string:
			lines = append(lines, e)
		}
	}
	switch {
	case len(raw) == len(list) && (len(raw) == ed25519.SeedSize || len(raw) == ed25519.PrivateKeySize):
		return fromRaw(raw)
	case len(raw) == len(list) && len(raw) > 0:
		return parseDER(raw)
	case len(lines) == len(list) && len(lines) > 0:
		return parseText(strings.Join(lines, "\n"), depth+1)
	}
	return nil, errJSON
}

// parseJWKS reads the one private key of a JWKS.
func parseJWKS(keys []any) (ed25519.PrivateKey, error) {
	var found ed25519.PrivateKey
	refused := errJWKSNoPrivate
	for _, k := range keys {
		jwk, _ := k.(map[string]any)
		if jwk["d"] == nil {
			continue
		}
		key, err := parseJWK(jwk)
		switch {
		case err != nil:
			refused = err
		case found != nil && !found.Equal(key):
			return nil, errTwoKeys
		default:
			found = key
		}
	}
	if found == nil {
		return nil, refused
	}
	return found, nil
}

// parseJWK reads RFC 8037 section 2: "The parameter "d" MUST be present for
// private keys and contain the private key encoded using the base64url encoding."
func parseJWK(jwk map[string]any) (ed25519.PrivateKey, error) {
	kty, _ := jwk["kty"].(string)
	crv, _ := jwk["crv"].(string)
	switch {
	case kty == "RSA":
		return nil, wrongKind("RSA")
	case kty == "EC":
		return nil, wrongKind("ECDSA")
	case kty == "oct":
		return nil, wrongKind("a shared secret (oct)")
	case kty == "OKP" && (crv == "X25519" || crv == "X448"):
		return nil, wrongKind(crv + ", which cannot sign")
	case kty == "OKP" && crv == "Ed448":
		return nil, wrongKind(crv)
	case kty != "OKP" || crv != "Ed25519":
		return nil, wrongKind("another algorithm than Ed25519")
	case jwk["d"] == nil:
		return nil, errJWKNoPrivate
	}
	d, okD := member(jwk["d"])
	if !okD || len(d) != ed25519.SeedSize && len(d) != ed25519.PrivateKeySize {
		return nil, errJWKMember
	}
	key, err := fromRaw(d)
	if err != nil || jwk["x"] == nil {
		return key, err
	}
	x, okX := member(jwk["x"])
	if !okX || len(x) != ed25519.PublicKeySize {
		return nil, errJWKMember
	}
	return agrees(key, x)
}

func member(value any) ([]byte, bool) {
	text, ok := value.(string)
	if !ok {
		return nil, false
	}
	return decodeBase64(text)
}
