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
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/httpapi"
	"github.com/opgrants/opgrants/internal/power"
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
	all := claims{"iss": i.url, "sub": "shop", "aud": "grants.shop.example", "scope": "openid grants payments tokens", "exp": time.Now().Add(time.Hour).Unix()}
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

// nobodys is a grant that is not there.
const nobodys = "/grants/qL8f3yJX0mE5vT2nRk7wZg"

// takesTokens: of a JSON Web Token, the API takes only one that is the issuer's,
// for this API and now; and a grant is its subject's.
func (s *stack) takesTokens(t *testing.T, from *issuer) {
	if arn, ok := s.outputs["GrantsPolicyArn"]; ok {
		t.Errorf("nobody signs requests here, and there is %s", arn)
	}
	const hour = 3600
	forger := *from
	var err error
	if forger.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	now := time.Now().Unix()
	good := power.All()
	for name, tc := range map[string]struct {
		token  string
		may    power.Set
		denied int // where it may not
	}{
		"a good one":                 {from.with(t, nil), good, 0},
		"with one audience of two":   {from.with(t, claims{"aud": []string{"other", "till"}}), good, 0},
		"with a client id":           {from.with(t, claims{"aud": nil, "client_id": "till"}), good, 0},
		"with another audience":      {from.with(t, claims{"aud": "other"}), nil, http.StatusUnauthorized},
		"of another issuer":          {from.with(t, claims{"iss": "https://other.example"}), nil, http.StatusUnauthorized},
		"expired":                    {from.with(t, claims{"exp": now - hour}), nil, http.StatusUnauthorized},
		"not valid yet":              {from.with(t, claims{"nbf": now + hour}), nil, http.StatusUnauthorized},
		"signed by somebody else":    {forger.with(t, nil), nil, http.StatusUnauthorized},
		"that is no token":           {"shop", nil, http.StatusUnauthorized},
		"without a scope of ours":    {from.with(t, claims{"scope": "openid"}), nil, http.StatusForbidden},
		"with the scope of grants":   {from.with(t, claims{"scope": "grants"}), power.Set{power.Grants}, http.StatusForbidden},
		"with the scope of payments": {from.with(t, claims{"scope": "openid payments"}), power.Set{power.Payments}, http.StatusForbidden},
		"with the scope of tokens":   {from.with(t, claims{"scope": "tokens"}), power.Set{power.Tokens}, http.StatusForbidden},
		"of somebody without a name": {from.with(t, claims{"sub": nil}), nil, http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			s.as(tc.token, func() {
				for _, r := range httpapi.Routes() {
					if r.Caller != httpapi.App {
						continue
					}
					got := s.app(t, r.Method, pathOf(r), "")
					stopped := got.StatusCode == http.StatusUnauthorized || got.StatusCode == http.StatusForbidden
					if may := tc.may.Has(r.Power); may == stopped || stopped && got.StatusCode != tc.denied {
						t.Errorf("%s: %d %s, allowed: %t", r.Key(), got.StatusCode, got.Body, may)
					}
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
		for _, r := range httpapi.Routes() {
			if r.Caller == httpapi.App && strings.Contains(r.Pattern, "{id}") {
				path := strings.NewReplacer("{id}", id, "{payment}", id).Replace(r.Pattern)
				wants(t, s.app(t, r.Method, path, claim, "Idempotency-Key", "till"), http.StatusNotFound)
			}
		}
	})
	s.accessToken(t, id, claim)
}
