package httpsig_test

import (
	"crypto/ed25519"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/pkg/httpsig"
)

func TestWhatIsSignedVerifiesOnAServer(t *testing.T) {
	public, private, _ := ed25519.GenerateKey(nil)
	verifier := &httpsig.Verifier{Key: func(string) (ed25519.PublicKey, error) { return public, nil }}
	var result *httpsig.Result
	var verifyErr error
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		result, verifyErr = verifier.Verify(r)
	}))
	defer server.Close()
	r, _ := http.NewRequest("POST", server.URL+"?a=ü&b=1", strings.NewReader(`{"a":1}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "GNAP x")
	if err := (&httpsig.Signer{KeyID: "k", Key: private, Tag: "gnap"}).Sign(r); err != nil {
		t.Fatal(err)
	}
	if _, err := http.DefaultClient.Do(r); err != nil {
		t.Fatal(err)
	}
	if verifyErr != nil {
		t.Fatal(verifyErr)
	}
	if result.KeyID != "k" {
		t.Errorf("keyid is %q", result.KeyID)
	}
}
