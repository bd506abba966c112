package sandbox_test

import (
	"crypto/ed25519"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/httpsig"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// A signatureCase is a grant request that is signed or spelled in some way.
// Package tests with the build tag tools show the same cases to the official
// verifier.
type signatureCase struct {
	name        string
	spell       func(body string) string
	digestOver  func(body string) string // nil: what is sent
	signer      func(*httpsig.Signer)
	edit        func(*http.Request)
	status      int
	code        string
	description string
}

const (
	badHeaders   = "invalid signature headers"
	badSignature = "invalid signature"
)

var authorized = []string{"@method", "@target-uri", "content-digest", "content-length", "content-type"}

func cover(components ...string) func(*httpsig.Signer) {
	return func(s *httpsig.Signer) { s.Components = components }
}

func replaceIn(header, old, new string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(header, strings.Replace(r.Header.Get(header), old, new, 1)) }
}

func bothLabels(label string) func(*http.Request) {
	return func(r *http.Request) {
		replaceIn("Signature-Input", "sig1=", label+"=")(r)
		replaceIn("Signature", "sig1=", label+"=")(r)
	}
}

var signatureCases = []signatureCase{
	{name: "compact JSON with a literal & passes", status: 200},
	{name: "a body whose digest is not covered passes", signer: cover("@method", "@target-uri"), status: 200},
	{name: "more than must be covered passes", signer: cover(append(authorized, "accept")...), status: 200},
	{name: "a signature that is a year old passes", signer: func(s *httpsig.Signer) { s.Now = func() time.Time { return time.Now().AddDate(-1, 0, 0) } }, status: 200},
	{name: "an expires that is over passes", signer: func(s *httpsig.Signer) {
		s.Now, s.Lifetime = func() time.Time { return time.Now().AddDate(-1, 0, 0) }, time.Minute
	}, status: 200},
	{name: "a nonce and a tag pass", signer: func(s *httpsig.Signer) { s.Tag = "gnap"; s.Nonce = func() string { return "n" } }, status: 200},

	{name: "pretty-printed JSON is refused", spell: func(b string) string { return strings.Replace(b, "{", "{\n  ", 1) }, status: 401, code: "invalid_client", description: badHeaders},
	{name: "a trailing newline is refused", spell: func(b string) string { return b + "\n" }, status: 401, code: "invalid_client", description: badHeaders},
	{name: "an escaped & is refused", spell: func(b string) string { return strings.ReplaceAll(b, "&", `\u0026`) }, status: 401, code: "invalid_client", description: badHeaders},
	{name: "an escaped slash is refused", spell: func(b string) string { return strings.Replace(b, "/callback", `\/callback`, 1) }, status: 401, code: "invalid_client", description: badHeaders},
	{name: "an escaped U+2028 is refused", spell: func(b string) string { return strings.Replace(b, "nonce-1", `\u2028`, 1) }, status: 401, code: "invalid_client", description: badHeaders},
	{name: "a literal U+2028 passes", spell: func(b string) string { return strings.Replace(b, "nonce-1", "\u2028", 1) }, status: 200},
	{name: "2.0 for 2 is refused", spell: func(b string) string { return strings.Replace(b, `"assetScale":2`, `"assetScale":2.0`, 1) }, status: 401, code: "invalid_client", description: badHeaders},
	{name: "a key like an array index in the middle is refused", spell: func(b string) string { return strings.Replace(b, `{"assetCode":"USD"`, `{"assetCode":"USD","7":1`, 1) }, status: 401, code: "invalid_client", description: badHeaders},
	{name: "a key like an array index at first passes", spell: func(b string) string { return strings.Replace(b, `{"assetCode":"USD"`, `{"7":1,"assetCode":"USD"`, 1) }, status: 200},
	{name: "pretty-printed JSON passes with the digest of the compact one", spell: func(b string) string { return strings.Replace(b, "{", "{ ", 1) }, digestOver: func(b string) string { return strings.Replace(b, "{ ", "{", 1) }, status: 200},
	{name: "the digest of another body is refused", digestOver: func(b string) string { return b + " " }, status: 401, code: "invalid_client", description: badHeaders},
	{name: "a digest of another kind is a server error", edit: replaceIn("Content-Digest", "sha-512", "md5"), status: 500},

	{name: "another label is refused", edit: bothLabels("sig2"), status: 401, code: "invalid_client", description: badHeaders},
	{name: "a second signature is refused", edit: func(r *http.Request) {
		for _, name := range []string{"Signature-Input", "Signature"} {
			r.Header.Set(name, r.Header.Get(name)+", "+strings.Replace(r.Header.Get(name), "sig1=", "sig2=", 1))
		}
	}, status: 401, code: "invalid_client", description: badSignature},
	{name: "@authority is refused", signer: cover(append(authorized, "@authority")...), status: 401, code: "invalid_client", description: badSignature},
	{name: "@path is refused", signer: cover(append(authorized, "@path")...), status: 401, code: "invalid_client", description: badSignature},
	{name: "@scheme is refused", signer: cover(append(authorized, "@scheme")...), status: 401, code: "invalid_client", description: badSignature},
	{name: "@query is refused", signer: cover(append(authorized, "@query")...), status: 401, code: "invalid_client", description: badSignature},
	{name: "an upper-case name is refused", edit: replaceIn("Signature-Input", `"content-type"`, `"Content-Type"`), status: 401, code: "invalid_client", description: badHeaders},
	{name: "without @method it is refused", signer: cover(authorized[1:]...), status: 401, code: "invalid_client", description: badHeaders},
	{name: "without @target-uri it is refused", signer: cover(append([]string{"@method"}, authorized[2:]...)...), status: 401, code: "invalid_client", description: badHeaders},
	{name: "an authorization that is not covered is refused", edit: func(r *http.Request) { r.Header.Set("Authorization", "GNAP x") }, status: 401, code: "invalid_client", description: badHeaders},
	{name: "without a signature it is refused", edit: func(r *http.Request) { r.Header.Del("Signature"); r.Header.Del("Signature-Input") }, status: 401, code: "invalid_client", description: badHeaders},
	{name: "a keyid that is not quoted is refused", edit: replaceIn("Signature-Input", `"key-1"`, `key-1`), status: 401, code: "invalid_client", description: "invalid signature input"},
	{name: "an unknown kid is refused", signer: func(s *httpsig.Signer) { s.KeyID = "key-2" }, status: 400, code: "invalid_client", description: "could not determine client"},
	{name: "a keyid with a semicolon is refused", signer: func(s *httpsig.Signer) { s.KeyID = "key;1" }, status: 400, code: "invalid_client", description: "could not determine client"},
	{name: "a known kid with another key is refused", signer: func(s *httpsig.Signer) { s.Key = ed25519.NewKeyFromSeed([]byte(strings.Repeat("x", 32))) }, status: 401, code: "invalid_client", description: badSignature},
	{name: "a changed target is refused", edit: func(r *http.Request) { r.URL.RawQuery = "x=1" }, status: 401, code: "invalid_client", description: badSignature},
}

// build makes the request of a case.
func (c signatureCase) build(w *world) request {
	body := w.grantBody(func(b m) { b["interact"].(m)["finish"].(m)["uri"] = "http://localhost:3344/callback?x=1&y=2" })
	if c.spell != nil {
		body = c.spell(body)
	}
	signer := w.signer()
	if c.signer != nil {
		c.signer(signer)
	}
	q := request{method: "POST", url: w.AuthServer(), body: body, signer: signer, edit: c.edit}
	if c.digestOver != nil {
		// The signer digests what it is given: another body is put in its place then.
		signer.Components = []string{"@method", "@target-uri", "content-digest", "content-type"}
		q.body = c.digestOver(body)
		q.edit = func(r *http.Request) {
			r.Body, r.GetBody, r.ContentLength = io.NopCloser(strings.NewReader(body)), nil, int64(len(body))
		}
	}
	return q
}

func TestASignatureIsTakenAsTheReferenceImplementationTakesIt(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	for _, c := range signatureCases {
		t.Run(c.name, func(t *testing.T) {
			a := w.send(c.build(w))
			a.is(t, c.status, c.code)
			if a.Error.Description != c.description {
				t.Errorf("described as %q, want %q", a.Error.Description, c.description)
			}
		})
	}
}
