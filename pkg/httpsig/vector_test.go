package httpsig

import (
	"bufio"
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// wrapped is the line wrapping of RFC 8792, in which the RFCs print long lines.
var wrapped = regexp.MustCompile(`\\\n *`)

func readVector(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", path))
	if err != nil {
		t.Fatal(err)
	}
	text, isWrapped := strings.CutPrefix(string(b), "NOTE: '\\' line wrapping per RFC 8792\n\n")
	if isWrapped {
		text = wrapped.ReplaceAllString(text, "")
	}
	return strings.TrimSuffix(text, "\n")
}

// readRequest reads a request as a server would.
func readRequest(t testing.TB, path string) *http.Request {
	t.Helper()
	head, body, _ := strings.Cut(readVector(t, path)+"\n", "\n\n")
	wire := strings.ReplaceAll(head, "\n", "\r\n") + "\r\n\r\n" + strings.TrimSuffix(body, "\n")
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(wire)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A testKey is a JSON Web Key of the RFCs.
type testKey struct {
	Kid, Kty   string
	D, K, N, X string
	Y          string
}

func readKeys(t testing.TB, path string) map[string]testKey {
	t.Helper()
	var set struct{ Keys []testKey }
	if err := json.Unmarshal([]byte(readVector(t, path)), &set); err != nil {
		t.Fatal(err)
	}
	keys := map[string]testKey{}
	for _, k := range set.Keys {
		keys[k.Kid] = k
	}
	return keys
}

func decode(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// verify verifies with the algorithm of the key, so that the signature bases are
// checked by all of the RFC's signatures, not only by those of our algorithm.
func (k testKey) verify(t testing.TB, base string, signature []byte) bool {
	t.Helper()
	switch k.Kty {
	case "OKP":
		return ed25519.Verify(decode(t, k.X), []byte(base), signature)
	case "RSA":
		sum := sha512.Sum512([]byte(base))
		key := &rsa.PublicKey{N: new(big.Int).SetBytes(decode(t, k.N)), E: 65537}
		return rsa.VerifyPSS(key, crypto.SHA512, sum[:], signature, nil) == nil
	case "EC":
		point := bytes.Join([][]byte{{4}, decode(t, k.X), decode(t, k.Y)}, nil)
		key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256([]byte(base))
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return ecdsa.Verify(key, sum[:], r, s)
	case "oct":
		mac := hmac.New(sha256.New, decode(t, k.K))
		_, _ = io.WriteString(mac, base)
		return hmac.Equal(mac.Sum(nil), signature)
	}
	t.Fatalf("key type %q", k.Kty)
	return false
}

// rfcKey is the Ed25519 key of RFC 9421 appendix B.1.4.
func rfcKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	k := readKeys(t, "rfc9421/keys.json")["test-key-ed25519"]
	private := ed25519.NewKeyFromSeed(decode(t, k.D))
	if !private.Public().(ed25519.PublicKey).Equal(ed25519.PublicKey(decode(t, k.X))) {
		t.Fatal("the two halves of test-key-ed25519 do not belong together")
	}
	return private
}
