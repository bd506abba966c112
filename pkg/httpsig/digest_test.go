package httpsig

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/dunglas/httpsfv"
)

func TestDigestsOfRFC9530(t *testing.T) {
	var examples []struct{ Name, Content, Hex, Field string }
	if err := json.Unmarshal([]byte(readVector(t, "rfc9530.json")), &examples); err != nil {
		t.Fatal(err)
	}
	for _, e := range examples {
		t.Run(e.Name, func(t *testing.T) {
			content := []byte(e.Content)
			if e.Hex != "" {
				content, _ = hex.DecodeString(e.Hex)
			}
			var algorithms []digestAlgorithm
			for _, a := range []digestAlgorithm{sha256Digest, sha512Digest} {
				if strings.Contains(e.Field, string(a)+"=") {
					algorithms = append(algorithms, a)
				}
			}
			if got, err := digest(content, algorithms...); err != nil || got != e.Field {
				t.Errorf("got %q, %v; want %q", got, err, e.Field)
			}
			if err := VerifyDigest([]string{e.Field}, content); err != nil {
				t.Error(err)
			}
			if err := VerifyDigest([]string{e.Field}, append(content, ' ')); !errors.Is(err, ErrDigest) {
				t.Errorf("of another content: got %v, want %v", err, ErrDigest)
			}
		})
	}
}

const (
	sha256OfHello = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"
	sha512OfHello = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:"
	sha256OfNone  = "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"
)

func TestVerifyDigest(t *testing.T) {
	for name, c := range map[string]struct {
		field []string
		want  error
	}{
		"two algorithms in one value":          {[]string{sha256OfHello + ", " + sha512OfHello}, nil},
		"two algorithms in two values":         {[]string{sha256OfHello, sha512OfHello}, nil},
		"an unknown algorithm beside":          {[]string{"md5=:Sd/dVLAcvNLSq16eXua5uQ==:, " + sha256OfHello}, nil},
		"a parameter is ignored":               {[]string{sha256OfHello + ";a=1"}, nil},
		"one good digest does not cover a bad": {[]string{sha512OfHello, sha256OfNone}, ErrDigest},
		"a digest that is too short":           {[]string{"sha-256=:X48E:"}, ErrDigest},
		"an unknown algorithm alone":           {[]string{"md5=:Sd/dVLAcvNLSq16eXua5uQ==:"}, ErrDigest},
		"a known digest of another name":       {[]string{"md5" + strings.TrimPrefix(sha512OfHello, "sha-512")}, ErrDigest},
		"no field":                             {nil, ErrDigest},
		"no value":                             {[]string{""}, ErrDigest},
		"a string instead of bytes":            {[]string{`sha-256="X48E"`}, ErrMalformed},
		"a list instead of bytes":              {[]string{"sha-256=(:X48E:)"}, ErrMalformed},
		"the form of RFC 3230":                 {[]string{"SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE="}, ErrMalformed},
		"too much padding (misprint of B.5)":   {[]string{"sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg==:"}, ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			if err := VerifyDigest(c.field, []byte(`{"hello": "world"}`)); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// digest returns the value of the field for several algorithms.
func digest(content []byte, algorithms ...digestAlgorithm) (string, error) {
	dict := httpsfv.NewDictionary()
	for _, a := range algorithms {
		dict.Add(string(a), httpsfv.NewItem(a.sum(content)))
	}
	return httpsfv.Marshal(dict)
}

func TestDigestIsSHA512(t *testing.T) {
	for _, content := range []string{"", `{"hello": "world"}`} {
		if want, err := digest([]byte(content), sha512Digest); err != nil || Digest([]byte(content)) != want {
			t.Errorf("%q: got %s, want %s, %v", content, Digest([]byte(content)), want, err)
		}
	}
	if got := Digest([]byte(`{"hello": "world"}`)); got != sha512OfHello {
		t.Errorf("got %s", got)
	}
}
