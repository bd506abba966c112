package opclient

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"strings"
	"testing"
)

func pemOf(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func pkcs8(t *testing.T, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestParsePrivateKeyReads(t *testing.T) {
	// A seed whose last byte is a line feed: trimming the decoded bytes would break it.
	seed := append([]byte("\nseed of the test, no secret..."), '\n')[:32]
	seed[31] = '\n'
	key := ed25519.NewKeyFromSeed(seed)
	text := pemOf("PRIVATE KEY", pkcs8(t, key))
	for name, given := range map[string]string{
		"PEM":                          text,
		"PEM with CRLF":                strings.ReplaceAll(text, "\n", "\r\n"),
		"PEM with space around":        "\n  " + text + "\n\n",
		"PEM in base64":                base64.StdEncoding.EncodeToString([]byte(text)),
		"PEM in base64 with line ends": base64.StdEncoding.EncodeToString([]byte(text))[:76] + "\n" + base64.StdEncoding.EncodeToString([]byte(text))[76:] + "\n",
		"seed":                         base64.StdEncoding.EncodeToString(seed),
		"seed without padding":         base64.RawStdEncoding.EncodeToString(seed),
		"seed in base64url":            base64.RawURLEncoding.EncodeToString(seed),
	} {
		got, err := ParsePrivateKey([]byte(given))
		if err != nil || !got.Equal(key) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParsePrivateKeyRefusesWithoutPrintingTheKey(t *testing.T) {
	_, key, _ := ed25519.GenerateKey(rand.Reader)
	other, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	text := pemOf("PRIVATE KEY", pkcs8(t, key))
	public, _ := x509.MarshalPKIXPublicKey(key.Public())
	for name, c := range map[string]struct{ given, why string }{
		"nothing":               {"  \n", "empty"},
		"another algorithm":     {pemOf("PRIVATE KEY", pkcs8(t, other)), "must be Ed25519, it is *ecdsa.PrivateKey"},
		"a public key":          {pemOf("PUBLIC KEY", public), `"PUBLIC KEY"`},
		"an encrypted key":      {pemOf("ENCRYPTED PRIVATE KEY", key), "ENCRYPTED PRIVATE KEY"},
		"a label that says it":  {pemOf(hex.EncodeToString(key.Seed()), key), "block of another type"},
		"two keys":              {text + text, "nothing else"},
		"a cut PEM":             {text[:60], "keep its lines"},
		"a PEM on one line":     {strings.ReplaceAll(text, "\n", " "), "keep its lines"},
		"a PEM of nonsense":     {pemOf("PRIVATE KEY", key), "PKCS#8"},
		"the 64-byte key":       {base64.StdEncoding.EncodeToString(key), "32 bytes, not 64"},
		"PKCS#8 without PEM":    {base64.StdEncoding.EncodeToString(pkcs8(t, key)), "32 bytes, not 48"},
		"a short seed":          {base64.StdEncoding.EncodeToString(key.Seed()[:31]), "32 bytes, not 31"},
		"the raw seed":          {"\x00" + string(key.Seed()), "must be PKCS#8"},
		"a seed in hexadecimal": {hex.EncodeToString(key.Seed()), "32 bytes, not 48"},
		"words":                 {"correct horse battery staple!", "must be PKCS#8"},
		"mixed alphabets":       {"-+" + base64.StdEncoding.EncodeToString(key.Seed())[2:], "must be PKCS#8"},
	} {
		_, err := ParsePrivateKey([]byte(c.given))
		if err == nil || !strings.Contains(err.Error(), c.why) {
			t.Errorf("%s: got %v, want an error with %q", name, err, c.why)
			continue
		}
		for i := 0; i+8 <= len(c.given); i++ {
			part := c.given[i : i+8]
			if label := strings.Trim(part, "ABCDEFGHIJKLMNOPQRSTUVWXYZ -") == ""; !label && strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error repeats %q: %v", name, part, err)
			}
		}
	}
}
