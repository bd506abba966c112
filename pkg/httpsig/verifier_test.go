package httpsig_test

import (
	"crypto/ed25519"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/httpsig"
)

// signed is a request with body and token as a server received it.
func signed(t testing.TB, change ...func(*httpsig.Signer)) *http.Request {
	t.Helper()
	s := testSigner()
	for _, c := range change {
		c(s)
	}
	sent := newRequest(t, "POST", "https://auth.example/continue/1?a=b", `{"a":1}`, "GNAP t")
	if err := s.Sign(sent); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(sent.Method, sent.URL.String(), sent.Body)
	r.Header = sent.Header
	r.ContentLength = sent.ContentLength
	return r
}

func TestVerifyTellsWhatWasSigned(t *testing.T) {
	result, err := testVerifier().Verify(signed(t, func(s *httpsig.Signer) { s.Lifetime = 100 * 365 * 24 * time.Hour }))
	if err != nil {
		t.Fatal(err)
	}
	covered := strings.Join(result.Components, " ")
	if covered != "@method @target-uri authorization content-digest content-length content-type" {
		t.Errorf("components %s", covered)
	}
	if result.Label != "sig1" || result.KeyID != "key-1" || result.Nonce != "n0" || result.Tag != "gnap" ||
		!result.Created.Equal(time.Unix(1795329284, 0)) || result.Expires.Sub(result.Created) != 100*365*24*time.Hour {
		t.Errorf("got %+v", result)
	}
}

func TestWhatWasChangedAfterSigningIsABadSignature(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"method":          func(r *http.Request) { r.Method = "PUT" },
		"path":            func(r *http.Request) { r.RequestURI = "https://auth.example/continue/2?a=b" },
		"query":           func(r *http.Request) { r.RequestURI = "https://auth.example/continue/1?a=c" },
		"host":            func(r *http.Request) { r.Host = "other.example" },
		"scheme":          func(r *http.Request) { r.TLS = nil },
		"token":           func(r *http.Request) { r.Header.Set("Authorization", "GNAP u") },
		"a second token":  func(r *http.Request) { r.Header.Add("Authorization", "GNAP u") },
		"content type":    func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") },
		"content digest":  func(r *http.Request) { r.Header.Set("Content-Digest", "sha-512=:AAAA:") },
		"created":         replaceInput("created=1795329284", "created=1795329285"),
		"key id":          replaceInput(`"key-1"`, `"key-2"`),
		"nonce":           replaceInput(`"n0"`, `"n1"`),
		"tag":             replaceInput(`"gnap"`, `"gnap-rotate"`),
		"order":           replaceInput(`"@method" "@target-uri"`, `"@target-uri" "@method"`),
		"a parameter":     replaceInput(`;tag="gnap"`, `;tag="gnap";alg="ed25519"`),
		"parameter order": replaceInput(`;nonce="n0";tag="gnap"`, `;tag="gnap";nonce="n0"`),
		"signature":       func(r *http.Request) { r.Header.Set("Signature", "sig1=:"+strings.Repeat("A", 86)+"==:") },
		"no bytes":        func(r *http.Request) { r.Header.Set("Signature", "sig1=::") },
	} {
		t.Run(name, func(t *testing.T) {
			r := signed(t)
			change(r)
			if result, err := testVerifier().Verify(r); !errors.Is(err, httpsig.ErrBadSignature) {
				t.Errorf("got %v, %v; want %v", result, err, httpsig.ErrBadSignature)
			}
		})
	}
}

func replaceInput(from, to string) func(*http.Request) {
	return func(r *http.Request) {
		input := r.Header.Get("Signature-Input")
		if !strings.Contains(input, from) {
			panic(from + " is not in " + input)
		}
		r.Header.Set("Signature-Input", strings.Replace(input, from, to, 1))
	}
}

func TestVerifyRefuses(t *testing.T) {
	set := func(field, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(field, value) }
	}
	for name, c := range map[string]struct {
		change func(*http.Request)
		want   error
	}{
		"no fields":                      {func(r *http.Request) { r.Header.Del("Signature-Input"); r.Header.Del("Signature") }, httpsig.ErrNoSignature},
		"a signature without its input":  {func(r *http.Request) { r.Header.Del("Signature-Input") }, httpsig.ErrNoSignature},
		"an input without its signature": {func(r *http.Request) { r.Header.Del("Signature") }, httpsig.ErrNoSignature},
		"an empty input":                 {set("Signature-Input", ""), httpsig.ErrMalformed},
		"a broken input":                 {set("Signature-Input", `sig1=("@method"`), httpsig.ErrMalformed},
		"a broken signature":             {set("Signature", "sig1=:?:"), httpsig.ErrMalformed},
		"an input that is no list":       {set("Signature-Input", `sig1="@method"`), httpsig.ErrMalformed},
		"a signature that is no bytes":   {set("Signature", `sig1="AAAA"`), httpsig.ErrMalformed},
		"a signature that is a list":     {set("Signature", `sig1=(:AAAA:)`), httpsig.ErrMalformed},
		"two inputs":                     {func(r *http.Request) { r.Header.Add("Signature-Input", "sig2=()") }, httpsig.ErrMalformed},
		"two signatures":                 {func(r *http.Request) { r.Header.Add("Signature", "sig2=::") }, httpsig.ErrMalformed},
		"two labels":                     {set("Signature", "sig2=:AAAA:"), httpsig.ErrMalformed},
		"another algorithm":              {replaceInput(`;tag=`, `;alg="rsa-pss-sha512";tag=`), httpsig.ErrMalformed},
		"an algorithm that is a token":   {replaceInput(`;tag=`, `;alg=ed25519;tag=`), httpsig.ErrMalformed},
		"created as a string":            {replaceInput("1795329284", `"1795329284"`), httpsig.ErrMalformed},
		"created with a fraction":        {replaceInput("1795329284", `1795329284.5`), httpsig.ErrMalformed},
		"created before 1970":            {replaceInput("1795329284", `-62135596800`), httpsig.ErrMalformed},
		"created one second before 1970": {replaceInput("1795329284", `-1`), httpsig.ErrMalformed},
		"created at 1970":                {replaceInput("1795329284", `0`), httpsig.ErrBadSignature},
		"a key id that is a token":       {replaceInput(`"key-1"`, `key-1`), httpsig.ErrMalformed},
		"a component that is a token":    {replaceInput(`"@method"`, `method`), httpsig.ErrMalformed},
		"a component with a parameter":   {replaceInput(`"@method"`, `"@method";req`), httpsig.ErrMalformed},
		"an upper-case component":        {replaceInput(`"authorization"`, `"Authorization"`), httpsig.ErrMalformed},
		"a component twice":              {replaceInput(`"@method"`, `"@method" "@method"`), httpsig.ErrMalformed},
		"an unknown derived component":   {replaceInput(`"@method"`, `"@method" "@request-target"`), httpsig.ErrMalformed},
		"a covered field that is gone":   {replaceInput(`"@method"`, `"@method" "date"`), httpsig.ErrMalformed},
		"a target that is no path":       {func(r *http.Request) { r.RequestURI = "*" }, httpsig.ErrMalformed},
		"a target that is not encoded":   {func(r *http.Request) { r.RequestURI = "/a b" }, httpsig.ErrMalformed},
		"no host":                        {func(r *http.Request) { r.Host = "" }, httpsig.ErrMalformed},
		"a method that is no token":      {func(r *http.Request) { r.Method = "A B" }, httpsig.ErrMalformed},
		"method not covered":             {replaceInput(`"@method" `, ``), httpsig.ErrNotCovered},
		"target not covered":             {replaceInput(`"@target-uri" `, ``), httpsig.ErrNotCovered},
		"token not covered":              {replaceInput(`"authorization" `, ``), httpsig.ErrNotCovered},
		"another content":                {func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader(`{"a":2}`)) }, httpsig.ErrDigest},
		"content cut off":                {func(r *http.Request) { r.Body = http.NoBody }, httpsig.ErrDigest},
		"content cut off, no body":       {func(r *http.Request) { r.Body = nil }, httpsig.ErrDigest},
		"CONNECT to a name":              {func(r *http.Request) { r.Method, r.RequestURI = "CONNECT", "host:443" }, httpsig.ErrMalformed},
		"CONNECT to an address":          {func(r *http.Request) { r.Method, r.RequestURI = "CONNECT", "127.0.0.1:443" }, httpsig.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			r := signed(t)
			c.change(r)
			result, err := testVerifier().Verify(r)
			if !errors.Is(err, c.want) || result != nil {
				t.Errorf("got %v, %v; want %v", result, err, c.want)
			}
		})
	}
}

func TestAForeignOrBrokenKey(t *testing.T) {
	lookup := errors.New("the JWKS cannot be read")
	other := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	for name, c := range map[string]struct {
		key  ed25519.PublicKey
		err  error
		want []error
	}{
		"another key":      {other, nil, []error{httpsig.ErrBadSignature}},
		"no such key":      {nil, lookup, []error{httpsig.ErrUnknownKey, lookup}},
		"no key, no error": {nil, nil, []error{httpsig.ErrUnknownKey}},
		"half a key":       {other[:16], nil, []error{httpsig.ErrUnknownKey}},
	} {
		t.Run(name, func(t *testing.T) {
			var asked string
			v := &httpsig.Verifier{Key: func(keyID string) (ed25519.PublicKey, error) {
				asked = keyID
				return c.key, c.err
			}}
			_, err := v.Verify(signed(t))
			for _, want := range c.want {
				if !errors.Is(err, want) {
					t.Errorf("got %v, want %v", err, want)
				}
			}
			if asked != "key-1" {
				t.Errorf("asked for the key %q", asked)
			}
		})
	}
}

func TestVerifierFields(t *testing.T) {
	for name, c := range map[string]struct {
		sign   func(*httpsig.Signer)
		verify func(*httpsig.Verifier)
		want   error
	}{
		"any label":                 {func(s *httpsig.Signer) { s.Label = "other" }, func(*httpsig.Verifier) {}, nil},
		"the label that is wanted":  {nil, func(v *httpsig.Verifier) { v.Label = "sig1" }, nil},
		"another label than wanted": {func(s *httpsig.Signer) { s.Label = "sig2" }, func(v *httpsig.Verifier) { v.Label = "sig1" }, httpsig.ErrMalformed},

		"a required field is covered":     {nil, func(v *httpsig.Verifier) { v.Require = []string{"authorization"} }, nil},
		"a required field is not covered": {nil, func(v *httpsig.Verifier) { v.Require = []string{"@method", "date"} }, httpsig.ErrNotCovered},
		"nothing is required":             {cover("content-digest"), func(v *httpsig.Verifier) { v.Require, v.RequirePresent = []string{}, []string{} }, nil},
		"present, not covered":            {cover("@method", "@target-uri", "content-digest"), func(*httpsig.Verifier) {}, httpsig.ErrNotCovered},
		"present, another that is wanted": {nil, func(v *httpsig.Verifier) { v.RequirePresent = []string{"content-length", "accept"} }, nil},
		"a length that is not covered": {cover("@method", "@target-uri", "content-digest"),
			func(v *httpsig.Verifier) { v.RequirePresent = []string{"content-length"} }, httpsig.ErrNotCovered},

		"body not covered":           {cover("@method", "@target-uri", "authorization"), func(*httpsig.Verifier) {}, httpsig.ErrNotCovered},
		"body not covered, insecure": {cover("@method", "@target-uri", "authorization"), func(v *httpsig.Verifier) { v.InsecureBody = true }, nil},
		"every derived component": {cover("@method", "@target-uri", "@authority", "@scheme", "@path", "@query", "authorization", "content-digest"),
			func(*httpsig.Verifier) {}, nil},

		"another scheme than the proxy's": {nil, func(v *httpsig.Verifier) { v.Scheme = "http" }, httpsig.ErrBadSignature},

		"age is not looked at":     {nil, at(9999 * time.Hour), nil},
		"as old as may be":         {nil, maxAge(time.Minute, time.Minute), nil},
		"the shortest age":         {nil, maxAge(1, time.Second), httpsig.ErrExpired},
		"too old":                  {nil, maxAge(time.Minute, time.Minute+time.Second), httpsig.ErrExpired},
		"the signer's clock leads": {nil, maxAge(time.Minute, -time.Minute), nil},
		"from the future":          {nil, maxAge(time.Minute, -time.Minute-time.Second), httpsig.ErrExpired},
		"age without created":      {func(s *httpsig.Signer) { s.Now = func() time.Time { return time.Time{} } }, maxAge(time.Minute, 0), httpsig.ErrExpired},
		"not yet expired":          {lifetime(time.Minute), at(time.Minute), nil},
		"expired":                  {lifetime(time.Minute), at(time.Minute + time.Second), httpsig.ErrExpired},
	} {
		t.Run(name, func(t *testing.T) {
			if c.sign == nil {
				c.sign = func(*httpsig.Signer) {}
			}
			v := testVerifier()
			c.verify(v)
			if _, err := v.Verify(signed(t, c.sign)); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func cover(components ...string) func(*httpsig.Signer) {
	return func(s *httpsig.Signer) { s.Components = components }
}

func lifetime(d time.Duration) func(*httpsig.Signer) {
	return func(s *httpsig.Signer) { s.Lifetime = d }
}

// at verifies that long after the request was signed.
func at(later time.Duration) func(*httpsig.Verifier) {
	return func(v *httpsig.Verifier) {
		v.Now = func() time.Time { return time.Unix(1795329284, 0).Add(later) }
	}
}

func maxAge(limit, age time.Duration) func(*httpsig.Verifier) {
	return func(v *httpsig.Verifier) {
		at(age)(v)
		v.MaxAge = limit
	}
}

func TestTheSchemeOfARequestThatNoServerReceived(t *testing.T) {
	for scheme, want := range map[string]error{"": nil, "https": nil, "HTTPS": nil, "http": httpsig.ErrBadSignature} {
		r := signed(t)
		r.RequestURI = ""
		v := testVerifier()
		v.Scheme = scheme
		if _, err := v.Verify(r); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", scheme, err, want)
		}
	}
}

func TestWhyASignatureIsTooOld(t *testing.T) {
	v := testVerifier()
	maxAge(time.Minute, 0)(v)
	r := signed(t, func(s *httpsig.Signer) { s.Now = func() time.Time { return time.Time{} } })
	if _, err := v.Verify(r); err == nil || !strings.HasSuffix(err.Error(), "it has no created") {
		t.Errorf("got %v", err)
	}
}

// A handler behind http.StripPrefix sees another URL than the client asked for.
func TestTheTargetIsThatOfTheRequestLine(t *testing.T) {
	r := signed(t)
	var err error
	http.StripPrefix("/continue", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err = testVerifier().Verify(r)
	})).ServeHTTP(httptest.NewRecorder(), r)
	if err != nil {
		t.Error(err)
	}
}
