package httpsig_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/httpsig"
)

var testKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))

// testSigner signs at a fixed time with a fixed nonce.
func testSigner() *httpsig.Signer {
	return &httpsig.Signer{
		KeyID: "key-1", Key: testKey, Tag: "gnap",
		Now:   func() time.Time { return time.Unix(1795329284, 5e8) },
		Nonce: func() string { return "n0" },
	}
}

func testVerifier() *httpsig.Verifier {
	return &httpsig.Verifier{Key: func(string) (ed25519.PublicKey, error) {
		return testKey.Public().(ed25519.PublicKey), nil
	}}
}

// newRequest has a body when that is not empty, and a token when header is one.
func newRequest(t testing.TB, method, url, body, authorization string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Body = io.NopCloser(strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
	}
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	return r
}

func TestSignCoversWhatGNAPAsksFor(t *testing.T) {
	const params = `;created=1795329284;keyid="key-1";nonce="n0";tag="gnap"`
	for name, c := range map[string]struct{ body, authorization, want string }{
		"a bare request":   {"", "", `("@method" "@target-uri")`},
		"a token":          {"", "GNAP t", `("@method" "@target-uri" "authorization")`},
		"a body":           {"{}", "", `("@method" "@target-uri" "content-digest" "content-length" "content-type")`},
		"a body of a byte": {"1", "", `("@method" "@target-uri" "content-digest" "content-length" "content-type")`},
		"a token and a body": {"{}", "GNAP t",
			`("@method" "@target-uri" "authorization" "content-digest" "content-length" "content-type")`},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRequest(t, "POST", "https://auth.example/", c.body, c.authorization)
			if err := testSigner().Sign(r); err != nil {
				t.Fatal(err)
			}
			if got, want := r.Header.Get("Signature-Input"), "sig1="+c.want+params; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
			if got := r.Header.Get("Content-Digest"); (got != "") != (c.body != "") {
				t.Errorf("Content-Digest is %q with the body %q", got, c.body)
			}
			if _, err := testVerifier().Verify(r); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSignerFields(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*httpsig.Signer)
		want   string
	}{
		"a label":             {func(s *httpsig.Signer) { s.Label = "other" }, `other=("@method" "@target-uri");created=1795329284;keyid="key-1";nonce="n0";tag="gnap"`},
		"the shortest life":   {func(s *httpsig.Signer) { s.Lifetime = 1 }, `sig1=("@method" "@target-uri");created=1795329284;expires=1795329284;keyid="key-1";nonce="n0";tag="gnap"`},
		"a lifetime":          {func(s *httpsig.Signer) { s.Lifetime = time.Minute }, `sig1=("@method" "@target-uri");created=1795329284;expires=1795329344;keyid="key-1";nonce="n0";tag="gnap"`},
		"nothing that can go": {func(s *httpsig.Signer) { s.KeyID, s.Tag, s.Nonce = "", "", func() string { return "" } }, `sig1=("@method" "@target-uri");created=1795329284`},
		"a quoted key id":     {func(s *httpsig.Signer) { s.KeyID = `a"b\c` }, `sig1=("@method" "@target-uri");created=1795329284;keyid="a\"b\\c";nonce="n0";tag="gnap"`},
		"other components":    {func(s *httpsig.Signer) { s.Components = []string{"@path", "host"} }, `sig1=("@path" "host");created=1795329284;keyid="key-1";nonce="n0";tag="gnap"`},
		"no component at all": {func(s *httpsig.Signer) { s.Components = []string{} }, `sig1=();created=1795329284;keyid="key-1";nonce="n0";tag="gnap"`},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRequest(t, "GET", "https://auth.example/", "", "")
			s := testSigner()
			c.change(s)
			if err := s.Sign(r); err != nil {
				t.Fatal(err)
			}
			if got := r.Header.Get("Signature-Input"); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestAsManyComponentsAsMayBe(t *testing.T) {
	r := newRequest(t, "GET", "https://auth.example/", "", "")
	s := testSigner()
	s.Components = []string{"@method", "@target-uri"}
	for i := range 62 {
		name := fmt.Sprintf("x-%d", i)
		r.Header.Set(name, "a")
		s.Components = append(s.Components, name)
	}
	if err := s.Sign(r); err != nil {
		t.Fatal(err)
	}
	if _, err := testVerifier().Verify(r); err != nil {
		t.Error(err)
	}
}

// A remote key is in another machine: it takes the context of the request.
type remote struct {
	crypto.Signer
	asked context.Context
}

func (k *remote) SignContext(ctx context.Context, message []byte) ([]byte, error) {
	k.asked = ctx
	return k.Signer.Sign(nil, message, crypto.Hash(0))
}

func TestARemoteKeyTakesTheContextOfTheRequest(t *testing.T) {
	type name struct{}
	ctx := context.WithValue(t.Context(), name{}, "a")
	r := newRequest(t, "GET", "https://auth.example/", "", "").WithContext(ctx)
	s, key := testSigner(), &remote{Signer: testKey}
	s.Key = key
	if err := s.Sign(r); err != nil {
		t.Fatal(err)
	}
	if key.asked != ctx {
		t.Errorf("the key was asked with the context %v", key.asked)
	}
	if _, err := testVerifier().Verify(r); err != nil {
		t.Error(err)
	}
}

func TestTheNonceIsFreshAndTheClockIsNow(t *testing.T) {
	s := &httpsig.Signer{Key: testKey}
	seen := map[string]bool{}
	for range 3 {
		r := newRequest(t, "GET", "https://auth.example/", "", "")
		if err := s.Sign(r); err != nil {
			t.Fatal(err)
		}
		v := testVerifier()
		v.MaxAge = time.Minute
		result, err := v.Verify(r)
		if err != nil {
			t.Fatal(err)
		}
		if len(result.Nonce) != 22 || strings.Trim(result.Nonce, base64URL) != "" {
			t.Errorf("nonce %q is not 16 bytes in base64url", result.Nonce)
		}
		seen[result.Nonce] = true
	}
	if len(seen) != 3 {
		t.Errorf("%d nonces in 3 signatures", len(seen))
	}
}

const base64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

func TestSignRefuses(t *testing.T) {
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	type parts struct {
		s *httpsig.Signer
		r *http.Request
	}
	for name, c := range map[string]struct {
		change func(parts)
		want   string // in the message
	}{
		"no key":                       {func(p parts) { p.s.Key = nil }, "no key"},
		"an empty key":                 {func(p parts) { p.s.Key = ed25519.PrivateKey(nil) }, "must have 64 bytes, it has 0"},
		"a key of another type":        {func(p parts) { p.s.Key = p256 }, "must be Ed25519"},
		"a body without a type":        {func(p parts) { p.r.Header.Del("Content-Type") }, `"content-type" is not in the request`},
		"a covered field that is gone": {func(p parts) { p.s.Components = []string{"x-none"} }, `"x-none" is not in the request`},
		"a length without a body":      {func(p parts) { p.s.Components, p.r.Body = []string{"content-length"}, nil }, `"content-length" is not in the request`},
		"an upper-case component":      {func(p parts) { p.s.Components = []string{"Date"} }, "lower case"},
		"an unknown component":         {func(p parts) { p.s.Components = []string{"@status"} }, `"@status"`},
		"a component twice":            {func(p parts) { p.s.Components = []string{"@method", "@method"} }, "twice"},
		"the parameters as component":  {func(p parts) { p.s.Components = []string{"@signature-params"} }, "@signature-params"},
		"a key id that is not ASCII":   {func(p parts) { p.s.KeyID = "schlüssel" }, "printable ASCII"},
		"too many components": {func(p parts) {
			for i := range 65 {
				p.s.Components = append(p.s.Components, fmt.Sprintf("x-%d", i))
			}
		}, "more than 64 components"},
		"a label that is no key":     {func(p parts) { p.s.Label = "Sig 1" }, `label "Sig 1"`},
		"a relative URL":             {func(p parts) { p.r.URL.Scheme = "" }, "http or https"},
		"no host":                    {func(p parts) { p.r.URL.Host, p.r.Host = "", "" }, "host"},
		"a host with a zone":         {func(p parts) { p.r.Host = "[fe80::1%25en0]" }, "host"},
		"a host that is not ASCII":   {func(p parts) { p.r.Host = "bücher.example" }, "xn--"},
		"a body that cannot be read": {func(p parts) { p.r.Body = io.NopCloser(io.MultiReader(errReader{})) }, "unreadable"},
		"a body that GetBody cannot give": {func(p parts) {
			p.r.GetBody = func() (io.ReadCloser, error) { return nil, errors.New("unreadable again") }
		}, "unreadable again"},
		"a key that does not sign": {func(p parts) { p.s.Key = failing{testKey} }, "the key is out of reach"},
		"a line break in a field":  {func(p parts) { p.r.Header.Set("Authorization", "a\n\"@method\": GET") }, "authorization"},
	} {
		t.Run(name, func(t *testing.T) {
			p := parts{testSigner(), newRequest(t, "POST", "https://auth.example/", "{}", "")}
			c.change(p)
			err := p.s.Sign(p.r)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q in it", err, c.want)
			}
			if p.r.Header.Get("Signature") != "" {
				t.Error("it is signed all the same")
			}
		})
	}
}

// A failing key cannot sign now.
type failing struct{ crypto.Signer }

func (failing) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("the key is out of reach")
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("unreadable") }
