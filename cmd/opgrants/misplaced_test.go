package main

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"strings"
	"testing"
)

// A misplacedSecret is a secret in a form in which people put it into the wrong place.
type misplacedSecret struct {
	name, text string
	isOpaque   bool // it may also be the id of a key
	isTypical  bool
}

// misplacedSecrets are the key of RFC 8032 section 7.1, test 1, in each form, and
// tokens and passwords with a marker.
var misplacedSecrets = func() []misplacedSecret {
	seed, _ := hex.DecodeString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
	der, _ := x509.MarshalPKCS8PrivateKey(ed25519.NewKeyFromSeed(seed)) // of an Ed25519 key it does not fail
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	base64URL := base64.RawURLEncoding.EncodeToString(seed)
	return []misplacedSecret{
		{"a PEM", text, false, true},
		{"a PEM with \\n", strings.ReplaceAll(text, "\n", `\n`), false, false},
		{"a PEM with spaces", strings.ReplaceAll(text, "\n", " "), false, false},
		{"half a PEM", text[:70], false, false},
		{"DER in base64", base64.StdEncoding.EncodeToString(der), false, true},
		{"a PEM in base64", base64.StdEncoding.EncodeToString([]byte(text)), false, false},
		{"a seed in base64", base64.StdEncoding.EncodeToString(seed), true, false},
		{"a seed in base64url", base64URL, true, false},
		{"a seed after a dash", "-" + base64URL, true, false},
		{"a seed after two dashes", "--" + base64URL, true, false},
		{"a seed in hexadecimal", hex.EncodeToString(seed), true, false},
		{"a JWK", `{"kty":"OKP","crv":"Ed25519","d":"` + base64URL + `"}`, false, true},
		{"a broken JWK", `{"kty":"OKP","d":"Hunter2Hunter2"}`, false, false},
		{"a token", "shop:3b1f0c5a9e7d4682b0a1c2d3e4f50617", true, true},
		{"a short token", "sk_test-3b1f0c5a9e7d", true, false},
		{"a token after a dash", "-3b1f0c5a9e7d4682", true, false},
		{"a URL with a password", "https://shop:Hunter2Hunter2@wallet.example/shop", false, true},
		{"a URL with a password and a query", "https://shop:Hunter2@wallet.example/shop?token=Hunter2", false, false},
		{"a URL with a query", "http://127.0.0.1:1/shop?token=Hunter2Hunter2", false, false},
		{"a URL that is broken", "https://shop:Hunter2Hunter2@wallet.example:x/%zz", false, false},
		{"two URLs, one with a password", "https://a.example,https://shop:Hunter2,Hunter2@b.example/", false, false},
		{"the contents of an env file", "PRIVATE_KEY=" + base64.StdEncoding.EncodeToString(der) + "\nAPI_TOKEN=3b1f0c5a9e7d4682b0a1c2d3e4f50617", false, false},
	}
}()

func typicalSecrets() (typical []misplacedSecret) {
	for _, s := range misplacedSecrets {
		if s.isTypical {
			typical = append(typical, s)
		}
	}
	return typical
}

// markers are parts of these secrets that no output may have, in lower case.
var markers = []string{"nwgxne", "9d61b19d", "mc4caqawbq", "ij1hsz3v", "ls0tls1crudjt", "3b1f0c5a9e7d", "hunter2"}

// mayHave reports whether such a value is no mistake in a setting.
func mayHave(setting string, secret misplacedSecret) bool {
	switch setting {
	case "help", "nonce", "NONCE", "interact-ref", "INTERACT_REF", "secret-id", "SIGNING_KEY_SECRET", "idempotency-key", "code", "grant":
		return true // random, or a name that its owner chose
	case "key-id", "KEY_ID":
		return secret.isOpaque // as a thumbprint
	case "service-name", "POWERTOOLS_SERVICE_NAME": // a name that may have the hash of a deployment
		return secret.name == "a short token" || secret.name == "a token after a dash"
	case "out", "secret": // a file that is made
		return strings.Contains(secret.name, "token")
	case "data-file", "DATA_FILE": // likewise; the name of a file that is there is no secret for other flags
		return strings.Contains(secret.name, "token") || strings.Contains(secret.name, "after")
	}
	return false
}

func mustNotShow(t *testing.T, what, output string) {
	t.Helper()
	for _, m := range markers {
		if strings.Contains(strings.ToLower(output), m) {
			t.Errorf("%s: %q is shown:\n%s", what, m, output)
			return
		}
	}
}
