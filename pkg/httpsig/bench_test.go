package httpsig_test

import (
	"crypto/ed25519"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/httpsig"
)

// What a signature and its verification may allocate. A verification that leaves one field
// to the parser allocates more.
const (
	maxSignAllocations   = 30
	maxVerifyAllocations = 24
)

var benchKey = ed25519.NewKeyFromSeed([]byte("a seed of an Ed25519 key, 32 byt"))

// benchBody is as long as a grant request.
var benchBody = `{"access_token":{"access":"` + strings.Repeat("x", 470) + `"}}`

func benchRequest(tb testing.TB) *http.Request {
	tb.Helper()
	r, err := http.NewRequest(http.MethodPost, "https://auth.wallet.example/continue/4CF492MLVMSW9MKM", strings.NewReader(benchBody))
	if err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "GNAP 33OMUKMKSKU80UPRY5NM")
	return r
}

func benchSigner() *httpsig.Signer {
	return &httpsig.Signer{KeyID: "k1", Key: benchKey, Tag: "gnap"}
}

func sign(tb testing.TB, s *httpsig.Signer, r *http.Request) {
	tb.Helper()
	if err := s.Sign(r); err != nil {
		tb.Fatal(err)
	}
}

// receivedBench is the request as a server receives it.
func receivedBench(tb testing.TB) *http.Request {
	tb.Helper()
	out := benchRequest(tb)
	sign(tb, benchSigner(), out)
	r := httptest.NewRequest(out.Method, out.URL.String(), strings.NewReader(benchBody))
	r.RequestURI = out.URL.RequestURI()
	r.Header = out.Header
	return r
}

func verify(tb testing.TB, v *httpsig.Verifier, r *http.Request) {
	tb.Helper()
	if _, err := v.Verify(r); err != nil {
		tb.Fatal(err)
	}
}

func benchVerifier() *httpsig.Verifier {
	key := benchKey.Public().(ed25519.PublicKey)
	return &httpsig.Verifier{Key: func(string) (ed25519.PublicKey, error) { return key, nil }, Scheme: "https", MaxAge: time.Minute}
}

func TestASignatureAllocatesLittle(t *testing.T) {
	s, r := benchSigner(), benchRequest(t)
	if n := testing.AllocsPerRun(100, func() { sign(t, s, r) }); n > maxSignAllocations {
		t.Errorf("Sign allocates %v times, want at most %d", n, maxSignAllocations)
	}
	v, received := benchVerifier(), receivedBench(t)
	if n := testing.AllocsPerRun(100, func() { verify(t, v, received) }); n > maxVerifyAllocations {
		t.Errorf("Verify allocates %v times, want at most %d", n, maxVerifyAllocations)
	}
}

func BenchmarkSign(b *testing.B) {
	s, r := benchSigner(), benchRequest(b)
	b.ReportAllocs()
	for b.Loop() {
		sign(b, s, r)
	}
}

func BenchmarkVerify(b *testing.B) {
	v, r := benchVerifier(), receivedBench(b)
	b.ReportAllocs()
	for b.Loop() {
		verify(b, v, r)
	}
}

// benchBase is about as long as the signature base of the request.
var benchBase = []byte(strings.Repeat("x", 480))

func BenchmarkSignBare(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ed25519.Sign(benchKey, benchBase)
	}
}

func BenchmarkVerifyBare(b *testing.B) {
	key, signature := benchKey.Public().(ed25519.PublicKey), ed25519.Sign(benchKey, benchBase)
	b.ReportAllocs()
	for b.Loop() {
		if !ed25519.Verify(key, benchBase, signature) {
			b.Fatal("not verified")
		}
	}
}
