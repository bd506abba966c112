package httpsig_test

import (
	"crypto/ed25519"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/pkg/httpsig"
)

// A request must not choose how long a line of a log is.
func TestErrorsRepeatLittleOfARequest(t *testing.T) {
	const long = 100_000
	lower, wide := strings.Repeat("a", long), strings.Repeat("😀", long)
	set := func(field, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(field, value) }
	}
	both := func(changes ...func(*http.Request)) func(*http.Request) {
		return func(r *http.Request) {
			for _, change := range changes {
				change(r)
			}
		}
	}
	keyID := func(r *http.Request) {
		replaceInput(`"key-1"`, `"`+lower+`"`)(r)
	}
	for name, c := range map[string]struct {
		change func(*http.Request)
		verify func(*httpsig.Verifier)
		want   error
	}{
		"a label":                 {both(replaceInput("sig1=", lower+"="), set("Signature", lower+"=:AAAA:")), func(v *httpsig.Verifier) { v.Label = "sig1" }, httpsig.ErrMalformed},
		"two labels":              {both(replaceInput("sig1=", lower+"="), set("Signature", "b"+lower+"=:AAAA:")), nil, httpsig.ErrMalformed},
		"a key id of another key": {keyID, nil, httpsig.ErrBadSignature},
		"a key id of no key": {keyID, func(v *httpsig.Verifier) {
			v.Key = func(string) (ed25519.PublicKey, error) { return nil, errors.New("no") }
		}, httpsig.ErrUnknownKey},
		"a key id of a broken key":   {keyID, func(v *httpsig.Verifier) { v.Key = func(string) (ed25519.PublicKey, error) { return nil, nil } }, httpsig.ErrUnknownKey},
		"an algorithm":               {replaceInput(`;tag=`, `;alg="`+lower+`";tag=`), nil, httpsig.ErrMalformed},
		"an unknown component":       {replaceInput(`"@method"`, `"@`+lower+`" "@method"`), nil, httpsig.ErrMalformed},
		"a component that is gone":   {replaceInput(`"@method"`, `"@method" "`+lower+`"`), nil, httpsig.ErrMalformed},
		"a component twice":          {replaceInput(`"@method"`, `"@method" "`+lower+`" "`+lower+`"`), nil, httpsig.ErrMalformed},
		"a component's parameter":    {replaceInput(`"@method"`, `"@method" "`+lower+`";`+lower), nil, httpsig.ErrMalformed},
		"a name of a field":          {both(replaceInput(`"@method"`, `"@method" "`+lower+`"`), set(lower, "é")), nil, httpsig.ErrMalformed},
		"a host":                     {func(r *http.Request) { r.Host = wide }, nil, httpsig.ErrMalformed},
		"a scheme":                   {func(r *http.Request) { r.RequestURI, r.URL.Scheme = "", lower }, nil, httpsig.ErrMalformed},
		"a target":                   {func(r *http.Request) { r.RequestURI = "/ " + lower }, nil, httpsig.ErrMalformed},
		"a method":                   {func(r *http.Request) { r.Method = " " + lower }, nil, httpsig.ErrMalformed},
		"an input that is no field":  {set("Signature-Input", lower+"=("), nil, httpsig.ErrMalformed},
		"a digest of an unknown one": {set("Content-Digest", lower+"=:AAAA:"), nil, httpsig.ErrBadSignature},
	} {
		t.Run(name, func(t *testing.T) {
			r, v := signed(t), testVerifier()
			c.change(r)
			if c.verify != nil {
				c.verify(v)
			}
			_, err := v.Verify(r)
			if !errors.Is(err, c.want) {
				t.Errorf("got %.200v, want %v", err, c.want)
			}
			if err != nil && len(err.Error()) > 1000 {
				t.Errorf("the error has %d bytes: %.200s", len(err.Error()), err)
			}
		})
	}
	s, r := testSigner(), newRequest(t, "POST", "https://auth.example/", "{}", "")
	s.Label = "A" + lower
	if err := s.Sign(r); err == nil || len(err.Error()) > 1000 {
		t.Errorf("a label: %.200v", err)
	}
}

func TestErrorsRepeatShortTextsWhole(t *testing.T) {
	r := signed(t)
	replaceInput(`;tag=`, `;alg="`+strings.Repeat("a", 64)+`";tag=`)(r)
	if _, err := testVerifier().Verify(r); err == nil || !strings.Contains(err.Error(), strings.Repeat("a", 64)+`", want`) {
		t.Errorf("got %v", err)
	}
	r = signed(t)
	replaceInput(`;tag=`, `;alg="`+strings.Repeat("a", 65)+`";tag=`)(r)
	if _, err := testVerifier().Verify(r); err == nil || !strings.Contains(err.Error(), strings.Repeat("a", 64)+`…", want`) {
		t.Errorf("got %v", err)
	}
}
