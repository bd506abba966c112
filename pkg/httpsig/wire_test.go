package httpsig_test

import (
	"crypto"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/pkg/httpsig"
)

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

// A caller may have set a length that is not the body's.
func TestTheLengthIsThatOfTheBody(t *testing.T) {
	for _, length := range []int64{-1, 0, 1, math.MaxInt64} {
		r := newRequest(t, "POST", "https://auth.example/", "{}", "")
		r.ContentLength = length
		if err := testSigner().Sign(r); err != nil {
			t.Fatal(err)
		}
		if r.ContentLength != 2 {
			t.Errorf("the length %d became %d", length, r.ContentLength)
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
	encoded := r.URL
	if err := testSigner().Sign(r); err != nil {
		t.Fatal(err)
	}
	if r.URL != encoded {
		t.Errorf("a URL that is encoded was copied: %s", r.URL)
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

// What is signed is what net/http puts on the wire, over every kind of request.
func TestWhatIsSignedVerifiesOnAServer(t *testing.T) {
	var verifyErr error
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		v := testVerifier()
		v.Label = "sig1"
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
