package httpsig_test

import (
	"crypto/ed25519"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	gofed "github.com/go-fed/httpsig"

	"github.com/opgrants/opgrants/pkg/httpsig"
)

// The usual advice for signed requests in Go is github.com/go-fed/httpsig. It
// writes draft-cavage-http-signatures, the format before RFC 9421: no
// Signature-Input, so no Open Payments server takes it. It stays in go.mod for
// this test alone, which fails on the day that go-fed learns RFC 9421; then it
// could replace this package.
func TestWhatGoFedWritesIsNoSuchSignature(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(`{"client":"https://wallet.example/client"}`)
	for _, scheme := range []gofed.SignatureScheme{gofed.Signature, gofed.Authorization} {
		t.Run(string(scheme), func(t *testing.T) {
			r, err := http.NewRequest("POST", "https://auth.example/", strings.NewReader(string(body)))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
			r.Header.Set("Host", r.Host)
			covered := []string{gofed.RequestTarget, "host", "date", "digest"}
			signer, _, err := gofed.NewSigner([]gofed.Algorithm{gofed.ED25519}, gofed.DigestSha256, covered, scheme, 0)
			if err != nil {
				t.Fatal(err)
			}
			if err := signer.SignRequest(private, "key-1", r, body); err != nil {
				t.Fatal(err)
			}

			// It is a good signature, in its own format.
			own, err := gofed.NewVerifier(r)
			if err != nil {
				t.Fatal(err)
			}
			if err := own.Verify(public, gofed.ED25519); err != nil {
				t.Fatal(err)
			}

			if got := r.Header.Values("Signature-Input"); got != nil {
				t.Errorf("it has a Signature-Input now: %q", got)
			}
			verifier := &httpsig.Verifier{Key: func(string) (ed25519.PublicKey, error) { return public, nil }}
			if _, err := verifier.Verify(r); !errors.Is(err, httpsig.ErrNoSignature) {
				t.Errorf("got %v, want %v", err, httpsig.ErrNoSignature)
			}
		})
	}
}
