package httpsig

import (
	"bufio"
	"crypto/ed25519"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// The examples of section 2.1: what a field's value becomes in the signature base.
func TestFieldValuesOfSection21(t *testing.T) {
	r := readRequest(t, "rfc9421/2.1.http")
	m, err := received(r, "https")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(readVector(t, "rfc9421/2.1.lines") + "\n") {
		name, want, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		name = strings.Trim(name, `"`)
		got, err := m.value(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// net/http trims a received field before we see it, and a sent one after.
func TestFieldValuesAreCanonical(t *testing.T) {
	for name, c := range map[string]struct {
		values []string
		want   string
	}{
		"surrounding whitespace goes":     {[]string{" \t a \t "}, "a"},
		"inner whitespace stays":          {[]string{"a,  b\tc"}, "a,  b\tc"},
		"an empty value stays":            {[]string{""}, ""},
		"repeated values are joined":      {[]string{"max-age=60", "   must-revalidate"}, "max-age=60, must-revalidate"},
		"an empty value among others too": {[]string{"", "b"}, ", b"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := fieldValue("x", c.values)
			if err != nil || got != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

// A line break in a value could forge a line of the base; the base is ASCII.
func TestFieldValuesThatCannotBeSigned(t *testing.T) {
	for _, v := range []string{"a\nb", "folded\r\n    line", "a\n", "a\r\n\"@method\": GET", "a\x00b", "caf\u00e9", "\x7f"} {
		if got, err := fieldValue("x", []string{v}); err == nil {
			t.Errorf("%q became %q, want an error", v, got)
		}
	}
}

// The examples of sections 2.2.1 to 2.2.7, and what they leave open.
func TestDerivedComponentsOfSection22(t *testing.T) {
	const host = " HTTP/1.1\r\nHost: www.example.com\r\n"
	for _, c := range []struct{ section, scheme, message, component, want string }{
		{"2.2.1", "https", "POST /path?param=value" + host, "@method", "POST"},
		{"2.2.2", "https", "POST /path?param=value" + host, "@target-uri", "https://www.example.com/path?param=value"},
		{"2.2.3", "https", "POST /path?param=value" + host, "@authority", "www.example.com"},
		{"2.2.4", "http", "POST /path?param=value" + host, "@scheme", "http"},
		{"2.2.6", "https", "GET /path?param=value" + host, "@path", "/path"},
		{"2.2.7", "https", "POST /path?param=value&foo=bar&baz=bat%2Dman" + host, "@query", "?param=value&foo=bar&baz=bat%2Dman"},
		{"2.2.7", "https", "POST /path?queryString" + host, "@query", "?queryString"},
		{"2.2.7 no query", "https", "POST /path" + host, "@query", "?"},
		{"2.2.7 an empty query", "https", "POST /path?" + host, "@query", "?"},

		{"method names are case-sensitive", "https", "Post /" + host, "@method", "Post"},
		{"upper-case host", "https", "GET / HTTP/1.1\r\nHost: WWW.Example.COM\r\n", "@authority", "www.example.com"},
		{"default port of https", "https", "GET / HTTP/1.1\r\nHost: a.example:443\r\n", "@authority", "a.example"},
		{"default port of http", "http", "GET / HTTP/1.1\r\nHost: a.example:80\r\n", "@authority", "a.example"},
		{"the other's default port", "http", "GET / HTTP/1.1\r\nHost: a.example:443\r\n", "@authority", "a.example:443"},
		{"upper-case scheme", "HTTPS", "GET /" + host, "@scheme", "https"},
		{"percent-encoding is not touched", "https", "GET /a%2Fb%c3%a9" + host, "@path", "/a%2Fb%c3%a9"},
		{"a target URI keeps its query mark", "https", "GET /a?" + host, "@target-uri", "https://www.example.com/a?"},
		{"a target URI has the Host as received", "https", "GET / HTTP/1.1\r\nHost: A.example:443\r\n", "@target-uri", "https://A.example:443/"},
		{"a target in absolute form", "https", "GET http://a.example/b?c HTTP/1.1\r\nHost: a.example\r\n", "@target-uri", "https://a.example/b?c"},
		{"without a path", "https", "GET http://a.example HTTP/1.1\r\nHost: a.example\r\n", "@path", "/"},
		{"without a path, with a query", "https", "GET http://a.example?b/c HTTP/1.1\r\nHost: a.example\r\n", "@target-uri", "https://a.example/?b/c"},
	} {
		t.Run(c.section+" "+c.component, func(t *testing.T) {
			r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(c.message + "\r\n")))
			if err != nil {
				t.Fatal(err)
			}
			m, err := received(r, c.scheme)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := m.value(c.component); err != nil || got != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

// Every signed request of RFC 9421 and RFC 9635 that needs no component
// parameter: our signature base is what the RFC prints, and what was signed.
func TestSignatureBases(t *testing.T) {
	for _, c := range []struct{ message, base, keys string }{
		{"rfc9421/2.5.http", "rfc9421/2.5.base", "rfc9421/keys.json"},
		{"rfc9421/b.2.1.http", "rfc9421/b.2.1.base", "rfc9421/keys.json"},
		{"rfc9421/b.2.3.http", "rfc9421/b.2.3.base", "rfc9421/keys.json"},
		{"rfc9421/b.2.5.http", "rfc9421/b.2.5.base", "rfc9421/keys.json"},
		{"rfc9421/b.2.6.http", "rfc9421/b.2.6.base", "rfc9421/keys.json"},
		{"rfc9421/b.3.http", "rfc9421/b.3.base", "rfc9421/keys.json"},
		{"rfc9421/b.4.http", "rfc9421/b.4.base", "rfc9421/keys.json"},
		{"rfc9635/7.3.1.http", "", "rfc9635/keys.json"}, // prints no base
	} {
		t.Run(c.message, func(t *testing.T) {
			r := readRequest(t, c.message)
			sig, err := parseSignature(r.Header)
			if err != nil {
				t.Fatal(err)
			}
			m, err := received(r, "https")
			if err != nil {
				t.Fatal(err)
			}
			text, err := signatureBase(m, sig.components, sig.input)
			if err != nil {
				t.Fatal(err)
			}
			base := string(text)
			if c.base != "" && base != readVector(t, c.base) {
				t.Errorf("the base is\n%s\nwant\n%s", base, readVector(t, c.base))
			}
			if !readKeys(t, c.keys)[sig.params.KeyID].verify(t, base, sig.bytes) {
				t.Errorf("the signature is not over\n%s", base)
			}
		})
	}
}

// rfcVerifier takes the signatures of RFC 9421, which cover less than GNAP's.
func rfcVerifier(t testing.TB) *Verifier {
	public := rfcKey(t).Public().(ed25519.PublicKey)
	return &Verifier{
		Require:      []string{"@method", "@path", "@authority"},
		InsecureBody: true,
		Scheme:       "https",
		Key: func(keyID string) (ed25519.PublicKey, error) {
			if keyID != "test-key-ed25519" {
				return nil, errors.New("not in the RFC")
			}
			return public, nil
		},
	}
}

func TestSignatureB26(t *testing.T) {
	signed := readRequest(t, "rfc9421/b.2.6.http")
	result, err := rfcVerifier(t).Verify(signed)
	if err != nil {
		t.Fatal(err)
	}
	if result.Label != "sig-b26" || result.KeyID != "test-key-ed25519" || result.Created.Unix() != 1618884473 {
		t.Errorf("got %+v", result)
	}

	// Ed25519 is deterministic: signing the same gives the same.
	r, err := http.NewRequest("POST", "https://example.com/foo?param=Value&Pet=dog", strings.NewReader(`{"hello": "world"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Date", "Tue, 20 Apr 2021 02:07:55 GMT")
	r.Header.Set("Content-Type", "application/json")
	signer := &Signer{
		KeyID: "test-key-ed25519", Key: rfcKey(t), Label: "sig-b26",
		Components: result.Components,
		Now:        func() time.Time { return time.Unix(1618884473, 0) },
		Nonce:      func() string { return "" },
	}
	if err := signer.Sign(r); err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"Signature-Input", "Signature"} {
		if got, want := r.Header.Get(field), signed.Header.Get(field); got != want {
			t.Errorf("%s: got %s, want %s", field, got, want)
		}
	}
}

// Appendix B.4: transformations that a signature survives, and those it does not.
func TestTransformationsOfB4(t *testing.T) {
	for file, want := range map[string]error{
		"b.4":                  nil,
		"b.4-added":            nil, // a field and a query parameter that are not covered
		"b.4-collapsed":        nil, // Accept in one line
		"b.4-reordered":        nil, // fields in another order
		"b.4-method-authority": ErrBadSignature,
		"b.4-values-swapped":   ErrBadSignature, // the two Accept lines
	} {
		t.Run(file, func(t *testing.T) {
			_, err := rfcVerifier(t).Verify(readRequest(t, "rfc9421/"+file+".http"))
			if !errors.Is(err, want) {
				t.Errorf("got %v, want %v", err, want)
			}
		})
	}
}

// B.2.2 covers "@query-param";name="Pet", which must not be taken for something
// else or passed over.
func TestComponentParametersAreRefused(t *testing.T) {
	_, err := rfcVerifier(t).Verify(readRequest(t, "rfc9421/b.2.2.http"))
	if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), "@query-param") {
		t.Errorf("got %v", err)
	}
}
