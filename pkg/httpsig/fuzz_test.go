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
		inputField, signatureField := sig.label+"="+sig.input, binaryField(sig.label, sig.bytes)
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

// What is read without the parser is what the parser reads.
func FuzzCanonical(f *testing.F) {
	f.Add(`sig1=("@method" "@target-uri" "content-digest");created=1795329284;keyid="k1";nonce="n";tag="gnap";alg="ed25519"`)
	f.Add(`*a-._1=();expires=1`)
	f.Add(`sig1=("a");created=1;created=2`)
	f.Add(`sig1=("a");keyid="";keyid="b"`)
	f.Add(`sig1=("a");keyid="a";keyid="b"`)
	f.Add("sig1=(\"a\");keyid=\"\x01\"")
	f.Add("sig1=(\"a\");keyid=\"\x7f\"")
	f.Add(`sha-512=:AAAA:`)
	f.Add(`sig1="a");created=1`)
	f.Add(`SIG=("a")`)
	f.Add(`sig1=("a""b")`)
	f.Add(`sig1=(a)`)
	f.Add(`sig1=(a")`)
	f.Add(`sig1=("a");alg="ed25519";alg=1`)
	f.Add(`sig1=("a");keyid="a`)
	f.Add(`sig1=("a");keyid="a\b"`)
	f.Add(`sig1=("a");created=`)
	f.Add(`sig1=("a");created=1234567890123456`)
	f.Add(`sig1=AAAA:`)
	f.Add(`sig1=:AAAA`)
	f.Add(`SIG=:AAAA:`)
	f.Add("sig1=:AA\nAA:")
	f.Fuzz(func(t *testing.T, field string) {
		if got, ok := canonicalInput([]string{field}); ok {
			want, err := parseInput(http.Header{"Signature-Input": {field}})
			if err != nil || got.label != want.label || got.input != want.input || !slices.Equal(got.components, want.components) || got.params != want.params {
				t.Fatalf("%q is read as %+v; the parser reads %+v, %v", field, got, want, err)
			}
		}
		if key, value, ok := canonicalBinary([]string{field}); ok {
			label, want, err := parseBytes(http.Header{"Signature": {field}})
			if err != nil || key != label || !bytes.Equal(value, want) {
				t.Fatalf("%q is read as %q %x; the parser reads %q %x, %v", field, key, value, label, want, err)
			}
		}
	})
}

// What is written without the library is what the library writes.
func FuzzInputValue(f *testing.F) {
	f.Add("k1", `n"\\`, "gnap", int64(1795329284))
	f.Fuzz(func(t *testing.T, keyID, nonce, tag string, created int64) {
		created %= 1e15
		p := httpsfv.NewParams()
		p.Add("created", created)
		for _, s := range [][2]string{{"keyid", keyID}, {"nonce", nonce}, {"tag", tag}} {
			if s[1] != "" {
				p.Add(s[0], s[1])
			}
		}
		want, wantErr := httpsfv.Marshal(httpsfv.InnerList{Items: []httpsfv.Item{httpsfv.NewItem("@method"), httpsfv.NewItem("a")}, Params: p})
		got, err := inputValue([]string{"@method", "a"}, params{Created: time.Unix(created, 0), KeyID: keyID, Nonce: nonce, Tag: tag})
		if (err != nil) != (wantErr != nil) || err == nil && got != want {
			t.Fatalf("written as %q (%v), by the library as %q (%v)", got, err, want, wantErr)
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
