package httpsig_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/opgrants/opgrants/pkg/httpsig"
)

// clientKey stands for a key that was read from a file or a secret store.
var clientKey = ed25519.NewKeyFromSeed([]byte("an example's seed, of 32 bytes.."))

func ExampleSigner_Sign() {
	signer := &httpsig.Signer{
		KeyID: "key-1", Key: clientKey, Tag: "gnap",
		// Leave these two out: they are here so that the example prints the same each time.
		Now:   func() time.Time { return time.Unix(1795329284, 0) },
		Nonce: func() string { return "WQ5jyKVJgs0" },
	}
	r, err := http.NewRequest("POST", "https://auth.example/", strings.NewReader(`{"a":1}`))
	if err != nil {
		log.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if err := signer.Sign(r); err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{"Content-Digest", "Signature-Input", "Signature"} {
		fmt.Println(name+":", r.Header.Get(name))
	}
	// Output:
	// Content-Digest: sha-512=:77eoKY+QWudD2+IVLhYkFfYqFtLVrFx4gW3NVxFOeldHKbgTmI8dCYTPbzjE/Mmjfqn+w9o1GYNTb3J4XXq3Bw==:
	// Signature-Input: sig1=("@method" "@target-uri" "content-digest" "content-length" "content-type");created=1795329284;keyid="key-1";nonce="WQ5jyKVJgs0";tag="gnap"
	// Signature: sig1=:AbO/eV4WvV/uKiQPAOpqXQw1FMVZ8Kvr3f9EgYUL8wf9v3kUo6lKjNpvIFpx0LGSYi4s/clgd1GvcVFI/PPKBg==:
}

func ExampleVerifier_Verify() {
	verifier := &httpsig.Verifier{
		Key: func(keyID string) (ed25519.PublicKey, error) {
			if keyID != "key-1" {
				return nil, errors.New("not a client of ours")
			}
			return clientKey.Public().(ed25519.PublicKey), nil
		},
		MaxAge: time.Minute,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		result, err := verifier.Verify(r)
		switch {
		case errors.Is(err, httpsig.ErrNoSignature):
			http.Error(w, "sign your request", http.StatusUnauthorized)
		case err != nil:
			http.Error(w, "the signature is not good", http.StatusForbidden)
		default:
			body, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%s signed %s", result.KeyID, body)
		}
	}))
	defer server.Close()

	for _, keyID := range []string{"", "key-1", "key-2"} {
		r, err := http.NewRequest("POST", server.URL, strings.NewReader(`{"a":1}`))
		if err != nil {
			log.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		if keyID != "" {
			signer := &httpsig.Signer{KeyID: keyID, Key: clientKey}
			if err := signer.Sign(r); err != nil {
				log.Fatal(err)
			}
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			log.Fatal(err)
		}
		text, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		fmt.Println(answer.StatusCode, strings.TrimSpace(string(text)))
	}
	// Output:
	// 401 sign your request
	// 200 key-1 signed {"a":1}
	// 403 the signature is not good
}

func ExampleDigest() {
	fmt.Println("Content-Digest:", httpsig.Digest([]byte(`{"hello": "world"}`)))
	// Output:
	// Content-Digest: sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:
}

func ExampleVerifyDigest() {
	header := http.Header{"Content-Digest": {"sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"}}
	for _, content := range []string{`{"hello": "world"}`, `{"hello": "there"}`} {
		fmt.Println(httpsig.VerifyDigest(header["Content-Digest"], []byte(content)))
	}
	// Output:
	// <nil>
	// digest does not match: the sha-256 digest is of other content
}
