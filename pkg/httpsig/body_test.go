package httpsig_test

import (
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/pkg/httpsig"
)

// Whoever can send requests could add a body to a signed one that has none.
func TestABodyAddedToARequestWithoutOne(t *testing.T) {
	for _, length := range []int64{2, -1} {
		sent := newRequest(t, "POST", "https://auth.example/", "", "")
		if err := testSigner().Sign(sent); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("POST", "https://auth.example/", strings.NewReader("{}"))
		r.Header = sent.Header
		r.ContentLength = length // -1: chunked
		if _, err := testVerifier().Verify(r); !errors.Is(err, httpsig.ErrNotCovered) {
			t.Errorf("length %d: got %v, want %v", length, err, httpsig.ErrNotCovered)
		}
		if got, _ := io.ReadAll(r.Body); string(got) != "{}" {
			t.Errorf("length %d: the body is %q after verifying", length, got)
		}
	}
}

// The length tells whether there is a body; before the signature covers one, nobody reads it.
func TestABodyOfKnownLengthIsNotReadToSeeIt(t *testing.T) {
	for length, want := range map[int64]error{0: nil, 2: httpsig.ErrNotCovered} {
		sent := newRequest(t, "POST", "https://auth.example/", "", "")
		if err := testSigner().Sign(sent); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("POST", "https://auth.example/", errReader{})
		r.Header = sent.Header
		r.ContentLength = length
		if _, err := testVerifier().Verify(r); !errors.Is(err, want) {
			t.Errorf("length %d: got %v, want %v", length, err, want)
		}
	}
}

func TestABodyOfUnknownLengthThatCannotBeRead(t *testing.T) {
	sent := newRequest(t, "POST", "https://auth.example/", "", "")
	if err := testSigner().Sign(sent); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "https://auth.example/", errReader{})
	r.Header = sent.Header
	r.ContentLength = -1
	if _, err := testVerifier().Verify(r); err == nil || !strings.Contains(err.Error(), "unreadable") {
		t.Errorf("got %v", err)
	}
	r.Body = nil // as no server has it
	if _, err := testVerifier().Verify(r); err != nil {
		t.Errorf("without a body: %v", err)
	}
}

// Without the Content-Length field a server cannot know that there is no body.
func TestABodyOfUnknownLengthMayBeEmpty(t *testing.T) {
	sent := newRequest(t, "POST", "https://auth.example/", "", "")
	if err := testSigner().Sign(sent); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "https://auth.example/", io.NopCloser(strings.NewReader("")))
	r.Header = sent.Header
	r.ContentLength = -1
	if _, err := testVerifier().Verify(r); err != nil {
		t.Error(err)
	}
}

// A server may digest something else than the bytes, for example the JSON that
// it has parsed and serialised again.
func TestContentIsWhatIsDigested(t *testing.T) {
	for want, content := range map[error]string{nil: `{"a":1}`, httpsig.ErrDigest: `{"a":2}`} {
		v := testVerifier()
		v.Content = func(*http.Request) ([]byte, error) { return []byte(content), nil }
		r := signed(t)
		r.Body = io.NopCloser(strings.NewReader(`{ "a" : 1 }`))
		if _, err := v.Verify(r); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", content, err, want)
		}
	}
}

func TestABodyIsReadOnlyAfterTheSignatureIsGood(t *testing.T) {
	r := signed(t)
	r.Method = "PUT"
	v := testVerifier()
	v.Content = func(*http.Request) ([]byte, error) {
		t.Error("it was read")
		return nil, nil
	}
	if _, err := v.Verify(r); !errors.Is(err, httpsig.ErrBadSignature) {
		t.Errorf("got %v", err)
	}
}

// Memory is for what was sent, not for what was announced.
func TestALengthThatIsNotTrue(t *testing.T) {
	r := signed(t, cover("@method", "@target-uri", "authorization", "content-digest"))
	r.ContentLength = math.MaxInt64
	if _, err := testVerifier().Verify(r); err != nil {
		t.Error(err)
	}
}

func TestABodyThatIsTooLarge(t *testing.T) {
	r := signed(t)
	r.Body = http.MaxBytesReader(nil, r.Body, 3)
	_, err := testVerifier().Verify(r)
	var tooLarge *http.MaxBytesError
	if !errors.As(err, &tooLarge) {
		t.Errorf("got %v, want a %T", err, tooLarge)
	}
}
