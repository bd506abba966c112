package httpsig_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
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
		"a bare request": {"", "", `("@method" "@target-uri")`},
		"a token":        {"", "GNAP t", `("@method" "@target-uri" "authorization")`},
		"a body":         {"{}", "", `("@method" "@target-uri" "content-digest" "content-length" "content-type")`},
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

// A retry signs the request again, after its body was read and its header sent.
func TestARequestCanBeSignedAndSentAgain(t *testing.T) {
	const body = `{"a":1}`
	r := newRequest(t, "POST", "https://auth.example/", body, "")
	s := &httpsig.Signer{Key: testKey}
	var last string
	for range 2 {
		if err := s.Sign(r); err != nil {
			t.Fatal(err)
		}
		if r.ContentLength != int64(len(body)) {
			t.Errorf("the length is %d", r.ContentLength)
		}
		if got := r.Header.Values("Signature"); len(got) != 1 || got[0] == last {
			t.Errorf("the signature is %q after %q", got, last)
		}
		last = r.Header.Get("Signature")
		again, err := r.GetBody()
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := io.ReadAll(again); string(got) != body {
			t.Errorf("GetBody gives %q", got)
		}
		if _, err := testVerifier().Verify(r); err != nil {
			t.Fatal(err)
		}
		if got, _ := io.ReadAll(r.Body); string(got) != body { // as sending does
			t.Errorf("the body is %q", got)
		}
	}
}

func TestAnEmptyBodyIsNone(t *testing.T) {
	r := newRequest(t, "POST", "https://auth.example/", "", "")
	r.Body = io.NopCloser(strings.NewReader(""))
	if err := testSigner().Sign(r); err != nil {
		t.Fatal(err)
	}
	if r.Body != http.NoBody || strings.Contains(r.Header.Get("Signature-Input"), "content") {
		t.Errorf("body %v, %s", r.Body, r.Header.Get("Signature-Input"))
	}
}

// A request made by hand leaves to net/http what that knows better.
func TestFieldsThatNetHTTPWritesItself(t *testing.T) {
	var verifyErr error
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, verifyErr = testVerifier().Verify(r)
	}))
	defer server.Close()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*http.Request{
		"no method, host or header": {URL: u},
		"a length of the caller's":  {URL: u, Method: "POST", Header: http.Header{"Content-Length": {"99"}}},
		"chunked":                   {URL: u, Method: "POST", Header: http.Header{}, TransferEncoding: []string{"chunked"}},
	} {
		t.Run(name, func(t *testing.T) {
			if r.Method == "POST" {
				r.Body = io.NopCloser(strings.NewReader("{}"))
				r.Header.Set("Content-Type", "application/json")
			}
			if err := testSigner().Sign(r); err != nil {
				t.Fatal(err)
			}
			answer, err := server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			if verifyErr != nil {
				t.Error(verifyErr)
			}
		})
	}
}

func TestTheURLMayBeShared(t *testing.T) {
	shared := &url.URL{Scheme: "https", Host: "auth.example", RawQuery: "name=J\u00fcrgen"}
	r := &http.Request{Method: "GET", URL: shared, Header: http.Header{}}
	if err := testSigner().Sign(r); err != nil {
		t.Fatal(err)
	}
	if shared.RawQuery != "name=J\u00fcrgen" || r.URL.RawQuery != "name=J%C3%BCrgen" {
		t.Errorf("shared %q, sent %q", shared.RawQuery, r.URL.RawQuery)
	}
}

// A closing body counts how often it was closed.
type closing struct {
	io.Reader
	closed *int
}

func (c closing) Close() error {
	*c.closed++
	return errors.New("closing failed")
}

func TestTheBodiesThatAreReadAreClosed(t *testing.T) {
	for name, getBody := range map[string]bool{"the body itself": false, "the body, and one of GetBody": true} {
		t.Run(name, func(t *testing.T) {
			body, fresh := 0, 0
			r := newRequest(t, "POST", "https://auth.example/", "{}", "")
			r.Body = closing{strings.NewReader("{}"), &body}
			if getBody {
				r.GetBody = func() (io.ReadCloser, error) { return closing{strings.NewReader("{}"), &fresh}, nil }
			}
			if err := testSigner().Sign(r); err == nil {
				t.Error("a body that cannot be closed may not have been whole")
			}
			if body != 1 || (fresh == 1) != getBody {
				t.Errorf("closed %d times, GetBody's %d times", body, fresh)
			}
		})
	}
}

// foreign is a crypto.Signer that is no ed25519.PrivateKey, like one in a key
// management service.
type foreign struct{ crypto.Signer }

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
		"a key of another type":        {func(p parts) { p.s.Key = p256 }, "must be Ed25519"},
		"a body without a type":        {func(p parts) { p.r.Header.Del("Content-Type") }, `"content-type" is not in the request`},
		"a covered field that is gone": {func(p parts) { p.s.Components = []string{"x-none"} }, `"x-none" is not in the request`},
		"a length without a body":      {func(p parts) { p.s.Components, p.r.Body = []string{"content-length"}, nil }, `"content-length" is not in the request`},
		"an upper-case component":      {func(p parts) { p.s.Components = []string{"Date"} }, "lower case"},
		"an unknown component":         {func(p parts) { p.s.Components = []string{"@status"} }, `"@status"`},
		"a component twice":            {func(p parts) { p.s.Components = []string{"@method", "@method"} }, "twice"},
		"the parameters as component":  {func(p parts) { p.s.Components = []string{"@signature-params"} }, "@signature-params"},
		"a key id that is not ASCII":   {func(p parts) { p.s.KeyID = "schlüssel" }, "printable ASCII"},
		"a label that is no key":       {func(p parts) { p.s.Label = "Sig 1" }, `label "Sig 1"`},
		"a relative URL":               {func(p parts) { p.r.URL.Scheme = "" }, "http or https"},
		"no host":                      {func(p parts) { p.r.URL.Host, p.r.Host = "", "" }, "host"},
		"a host with a zone":           {func(p parts) { p.r.Host = "[fe80::1%25en0]" }, "host"},
		"a host that is not ASCII":     {func(p parts) { p.r.Host = "bücher.example" }, "xn--"},
		"a body that cannot be read":   {func(p parts) { p.r.Body = io.NopCloser(io.MultiReader(errReader{})) }, "unreadable"},
		"a line break in a field":      {func(p parts) { p.r.Header.Set("Authorization", "a\n\"@method\": GET") }, "authorization"},
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

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("unreadable") }

// What is signed is what net/http puts on the wire, over every kind of request.
func TestWhatIsSignedVerifiesOnAServer(t *testing.T) {
	var verifyErr error
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		v := testVerifier()
		v.Label = httpsig.DefaultLabel
		_, verifyErr = v.Verify(r)
		body, _ = io.ReadAll(r.Body)
	}))
	defer server.Close()

	for _, c := range kinds {
		t.Run(c.name, func(t *testing.T) {
			s := testSigner()
			s.Key = foreign{testKey}
			r := newRequest(t, c.method, server.URL+c.target, c.body, c.authorization)
			if err := s.Sign(r); err != nil {
				t.Fatal(err)
			}
			answer, err := server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = answer.Body.Close()
			if verifyErr != nil {
				t.Error(verifyErr)
			}
			if string(body) != c.body {
				t.Errorf("the handler reads %q after verifying", body)
			}
		})
	}
}

// kinds are the requests that we exchange with a server.
var kinds = []struct{ name, method, target, body, authorization string }{
	{"body", "POST", "/", `{"client":"https://wallet.example/client"}`, ""},
	{"body and token", "POST", "/continue/1", `{"interact_ref":"4105"}`, "GNAP E0C252"},
	{"token, no body", "POST", "/token/1", "", "GNAP E0C252"},
	{"token, DELETE", "DELETE", "/continue/1", "", "GNAP E0C252"},
	{"neither", "GET", "/alice", "", ""},
	{"empty path", "POST", "", `{"a":1}`, ""},
	{"empty path with a query", "GET", "?a=1", "", ""},
	{"& in the query", "GET", "/a?b=1&c=2&d=%26", "", ""},
	{"non-ASCII path", "GET", "/caf\u00e9/\u65e5\u672c", "", ""},
	{"non-ASCII query", "GET", "/a?name=J\u00fcrgen&x=a%20b", "", ""},
	{"percent-encoding in another case", "GET", "/a%2fb%C3%A9?c=%c3%A9", "", ""},
	{"an empty query", "GET", "/a?", "", ""},
	{"a fragment", "GET", "/a?b#c", "", ""},
	{"& and non-ASCII in the body", "POST", "/", `{"uri":"https://shop.example/?a=1&b=J` + "\u00fc\u2028\U0001F600" + `"}`, ""},
}
