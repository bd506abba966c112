package httpsig

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dunglas/httpsfv"
)

// A signature that parses is written and parsed again as the same.
func FuzzParseSignature(f *testing.F) {
	f.Fuzz(func(t *testing.T, input, signature string) {
		sig, err := parseSignature(http.Header{"Signature-Input": {input}, "Signature": {signature}})
		if err != nil {
			return
		}
		inputField, err := member(sig.label, sig.input)
		if err != nil {
			t.Fatalf("%q parses and cannot be written: %v", input, err)
		}
		signatureField, err := member(sig.label, httpsfv.NewItem(sig.bytes))
		if err != nil {
			t.Fatalf("%q parses and cannot be written: %v", signature, err)
		}
		again, err := parseSignature(http.Header{"Signature-Input": {inputField}, "Signature": {signatureField}})
		if err != nil {
			t.Fatalf("%q is written as %q: %v", input, inputField, err)
		}
		if again.label != sig.label || !slices.Equal(again.components, sig.components) ||
			again.params != sig.params || !bytes.Equal(again.bytes, sig.bytes) {
			t.Fatalf("%q is written as %q: %+v became %+v", input, inputField, sig, again)
		}
	})
}

// Whatever is received, nothing verifies with a key that has never signed. The
// wire is a whole request.
func FuzzVerify(f *testing.F) {
	public, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	verifiers := []*Verifier{
		{},
		{Require: []string{}, RequirePresent: []string{}, InsecureBody: true, Scheme: "https"},
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		for _, v := range verifiers {
			v.Key = func(string) (ed25519.PublicKey, error) { return public, nil }
			r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(wire)))
			if err != nil {
				return
			}
			if result, err := v.Verify(r); err == nil {
				t.Fatalf("%q verifies: %+v", wire, result)
			}
		}
	})
}

// What Sign lets pass is verified by the server that net/http sends it to, and
// no longer when its body has changed on the way.
func FuzzSignVerify(f *testing.F) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, url, authorization, keyID, body string) {
		r, err := http.NewRequest(method, url, strings.NewReader(body))
		if err != nil {
			return
		}
		r.Header.Set("Content-Type", "text/plain")
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		s := &Signer{KeyID: keyID, Key: private, Now: func() time.Time { return time.Unix(1795329284, 0) }}
		if s.Sign(r) != nil {
			return
		}
		var wire bytes.Buffer
		if r.Write(&wire) != nil {
			return // net/http does not send it
		}
		got, err := http.ReadRequest(bufio.NewReader(&wire))
		if err != nil {
			return // net/http does not read what it wrote
		}
		v := &Verifier{Scheme: r.URL.Scheme, Key: func(id string) (ed25519.PublicKey, error) {
			if id != keyID {
				t.Errorf("the key id is %q, want %q", id, keyID)
			}
			return public, nil
		}}
		if _, err := v.Verify(got); err != nil {
			t.Fatalf("%v: %q %q", err, r.Method, r.URL)
		}
		got.Body = io.NopCloser(strings.NewReader(body + "x"))
		got.ContentLength = int64(len(body) + 1)
		if _, err := v.Verify(got); err == nil {
			t.Fatal("another body verifies")
		}
	})
}

// A digest field verifies only for the content that gives it.
func FuzzVerifyDigest(f *testing.F) {
	f.Fuzz(func(t *testing.T, field string, content []byte) {
		if VerifyDigest([]string{field}, content) == nil {
			a, _ := digest(content, sha256Digest)
			b, _ := digest(content, sha512Digest)
			if !strings.Contains(field, a) && !strings.Contains(field, b) {
				t.Fatalf("%q verifies for %q", field, content)
			}
		}
		for _, a := range digestAlgorithms {
			own, err := digest(content, a)
			if err != nil {
				t.Fatal(err)
			}
			if err := VerifyDigest([]string{own}, content); err != nil {
				t.Fatal(err)
			}
		}
	})
}
