package message

import (
	"bytes"
	"crypto/ed25519"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/pkg/httpsig"
)

var (
	fuzzKey  = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	otherKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, ed25519.SeedSize))
)

// FuzzSignedBody checks that whatever a client sends, it is refused with an error
// status or accepted, and that nothing is accepted under a key that did not sign.
func FuzzSignedBody(f *testing.F) {
	signed := func(body string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, "https://wallet.example/auth", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		if err := (&httpsig.Signer{KeyID: "key-1", Key: fuzzKey}).Sign(r); err != nil {
			f.Fatal(err)
		}
		return r
	}
	for _, body := range []string{`{"a":1}`, `{ "a": 2.0 }`, `{"a":"&"}`, ``, `[`, "\xef\xbb\xbf{}"} {
		r := signed(body)
		f.Add([]byte(body), r.Header.Get("Signature-Input"), r.Header.Get("Signature"), r.Header.Get("Content-Digest"), "application/json")
	}
	f.Add([]byte(`{}`), `sig1=("@method" "@target-uri");keyid="a;b";created=1`, `sig1=:AAAA:`, `sha-512=:AAAA:`, "text/plain")
	f.Add([]byte(`{}`), `sig2=("@query");alg="x", sig1=1`, `sig1=("a")`, `md5=:AAAA:`, "application/json; charset=x")
	f.Fuzz(func(t *testing.T, content []byte, input, signature, digest, contentType string) {
		r := httptest.NewRequest(http.MethodPost, "https://wallet.example/auth", bytes.NewReader(content))
		for name, value := range map[string]string{"Signature-Input": input, "Signature": signature, "Content-Digest": digest, "Content-Type": contentType} {
			r.Header.Set(name, value)
		}
		b, refusal := ReadBody(httptest.NewRecorder(), r)
		if refusal == nil {
			_, refusal = CheckHeaders(r, b)
		}
		if refusal != nil {
			if refusal.Status < 400 || refusal.Status > 599 {
				t.Fatalf("refused with %+v", refusal)
			}
			return
		}
		if Verify("https", otherKey.Public().(ed25519.PublicKey), r, b) == nil {
			t.Fatal("a key accepts what it did not sign")
		}
	})
}
