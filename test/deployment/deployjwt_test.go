//go:build tools

package deployment_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// An issuer of JSON Web Tokens, as OpenID Connect has it. The emulator asks it for
// its keys, as API Gateway does.
type issuer struct {
	url         string
	certificate string // a file with that of its server
	key         *rsa.PrivateKey
}

func startIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{}
	var err error
	if i.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	server := httptest.NewTLSServer(mux)
	t.Cleanup(server.Close)
	i.url = server.URL
	serve := func(path string, document any) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(document) })
	}
	serve("/.well-known/openid-configuration", map[string]string{"issuer": i.url, "jwks_uri": i.url + "/keys"})
	encode := base64.RawURLEncoding.EncodeToString
	serve("/keys", map[string]any{"keys": []any{map[string]string{
		"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1", "n": encode(i.key.N.Bytes()), "e": encode(big.NewInt(int64(i.key.E)).Bytes()),
	}}})
	i.certificate = filepath.Join(t.TempDir(), "issuer.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(i.certificate, certificate, 0o600); err != nil {
		t.Fatal(err)
	}
	return i
}

type claims map[string]any

// with is a token that the API takes, but for the changes; nil: without that
// claim.
func (i *issuer) with(t *testing.T, changes claims) string {
	t.Helper()
	all := claims{"iss": i.url, "sub": "shop", "aud": "grants.shop.example", "scope": "openid grants", "exp": time.Now().Add(time.Hour).Unix()}
	maps.Copy(all, changes)
	maps.DeleteFunc(all, func(_ string, value any) bool { return value == nil })
	part := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	token := part(map[string]string{"alg": "RS256", "typ": "JWT", "kid": "1"}) + "." + part(all)
	hash := sha256.Sum256([]byte(token))
	signature, err := rsa.SignPKCS1v15(nil, i.key, crypto.SHA256, hash[:])
	if err != nil {
		t.Fatal(err)
	}
	return token + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// as does something as the holder of a token.
func (s *stack) as(token string, do func()) {
	defer func(before string) { s.bearer = before }(s.bearer)
	s.bearer = token
	do()
}

// managing are the routes below a grant, and nobodys is one that is not there.
var managing = map[string]string{http.MethodGet: "", http.MethodDelete: "", http.MethodPost: "/token"}

const nobodys = "/grants/qL8f3yJX0mE5vT2nRk7wZg"

// takesTokens: of a JSON Web Token, the API takes only one that is the issuer's,
// for this API and now; and a grant is its subject's.
func (s *stack) takesTokens(t *testing.T, from *issuer) {
	if arn, ok := s.outputs["CallerPolicyArn"]; ok {
		t.Errorf("nobody signs requests here, and there is %s", arn)
	}
	const hour = 3600
	forger := *from
	var err error
	if forger.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	const absent = http.StatusNotFound // the function's answer: there is no such grant
	now := time.Now().Unix()
	for name, tc := range map[string]struct {
		token string
		want  int
	}{
		"a good one":                 {from.with(t, nil), absent},
		"with one audience of two":   {from.with(t, claims{"aud": []string{"other", "till"}}), absent},
		"with a client id":           {from.with(t, claims{"aud": nil, "client_id": "till"}), absent},
		"with another audience":      {from.with(t, claims{"aud": "other"}), http.StatusUnauthorized},
		"of another issuer":          {from.with(t, claims{"iss": "https://other.example"}), http.StatusUnauthorized},
		"expired":                    {from.with(t, claims{"exp": now - hour}), http.StatusUnauthorized},
		"not valid yet":              {from.with(t, claims{"nbf": now + hour}), http.StatusUnauthorized},
		"signed by somebody else":    {forger.with(t, nil), http.StatusUnauthorized},
		"that is no token":           {"shop", http.StatusUnauthorized},
		"without the scope":          {from.with(t, claims{"scope": "openid"}), http.StatusForbidden},
		"of somebody without a name": {from.with(t, claims{"sub": nil}), http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			s.as(tc.token, func() {
				for method, path := range managing {
					if got := s.app(t, method, nobodys+path, ""); got.StatusCode != tc.want {
						t.Errorf("%s %s: %d %s, want %d", method, path, got.StatusCode, got.Body, tc.want)
					}
				}
				want := tc.want
				if want == absent {
					want = http.StatusBadRequest
				}
				if got := s.app(t, http.MethodPost, "/grants", "?"); got.StatusCode != want {
					t.Errorf("POST /grants: %d %s, want %d", got.StatusCode, got.Body, want)
				}
			})
		})
	}
	for name, r := range map[string]*http.Request{
		"no token":    s.toAPI(t, http.MethodGet, nobodys, nil),
		"a signature": signed(t, s.toAPI(t, http.MethodGet, nobodys, nil), root, "execute-api"),
	} {
		if got := s.gateway(t, r); got.StatusCode != http.StatusUnauthorized {
			t.Errorf("with %s: %d %s", name, got.StatusCode, got.Body)
		}
	}
	s.belongsToItsSubject(t, from)
}

func (s *stack) belongsToItsSubject(t *testing.T, from *issuer) {
	t.Helper()
	id, code := s.granted(t)
	claim := `{"code":"` + code + `"}`
	s.as(from.with(t, claims{"sub": "till"}), func() {
		for method, path := range managing {
			wants(t, s.app(t, method, "/grants/"+id+path, claim), http.StatusNotFound)
		}
	})
	s.accessToken(t, id, claim)
}
