package privatekey_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf16"
)

// The key of RFC 8032 section 7.1, test 1, and PKCS#8 of it in version 1 and 2.
var (
	seed      = unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
	key       = ed25519.NewKeyFromSeed(seed)
	public    = []byte(key[32:])
	der       = append(unhex("302e020100300506032b657004220420"), seed...)
	derV2     = append(append(append(unhex("3051020101300506032b657004220420"), seed...), unhex("812100")...), public...)
	text      = pemOf("PRIVATE KEY", der)
	b64       = base64.StdEncoding.EncodeToString
	b64u      = base64.RawURLEncoding.EncodeToString
	jwk       = fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","kid":"key-1","d":%q,"x":%q}`, b64u(seed), b64u(public))
	publicPEM = pemOf("PUBLIC KEY", append(unhex("302a300506032b6570032100"), public...))
	otherPEM  = pemOf("PRIVATE KEY", append(unhex("302e020100300506032b657004220420"), public...))
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func pemOf(label string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
}

func utf16LE(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		b.Write([]byte{byte(u), byte(u >> 8)})
	}
	return b.String()
}

func quoted(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func numbers(b []byte) string { return strings.ReplaceAll(fmt.Sprint(b), " ", ",") }

func without(label, s string) string { return strings.Replace(s, label, "", 1) }

func file(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
