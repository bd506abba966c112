//go:build tools

package httpsig_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/pkg/httpsig"
	"github.com/opgrants/opgrants/test/peers"
)

// runPeer runs one of the scripts of testdata/peer, which use the official
// @interledger/http-signature-utils.
func runPeer(t *testing.T, script string, input, output any) {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("testdata", "peer", script))
	if err != nil {
		t.Fatal(err)
	}
	in, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	cmd := peers.Node(t, path)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, &stderr)
	}
	if err := json.Unmarshal(stdout.Bytes(), output); err != nil {
		t.Fatalf("%s printed %q: %v", script, &stdout, err)
	}
}

type jwk map[string]string

func publicJWK(key ed25519.PublicKey) jwk {
	return jwk{"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": "key-1", "x": base64.RawURLEncoding.EncodeToString(key)}
}

// A peerRequest is a request as that package takes it.
type peerRequest struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

func TestTheOfficialPackageVerifiesWhatWeSign(t *testing.T) {
	var got peerRequest
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = peerRequest{r.Method, "http://" + r.Host + r.RequestURI, map[string]string{}, string(body)}
		for name, values := range r.Header {
			got.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
		}
	}))
	defer server.Close()

	var requests []peerRequest
	for _, k := range kinds {
		r := newRequest(t, k.method, server.URL+k.target, k.body, k.authorization)
		if err := (&httpsig.Signer{KeyID: "key-1", Key: testKey, Tag: "gnap"}).Sign(r); err != nil {
			t.Fatalf("%s: %v", k.name, err)
		}
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatalf("%s: %v", k.name, err)
		}
		_ = answer.Body.Close()
		requests = append(requests, got)
	}
	var verified []bool
	public := testKey.Public().(ed25519.PublicKey)
	runPeer(t, "verify.mjs", map[string]any{"jwk": publicJWK(public), "requests": requests}, &verified)
	for i, k := range kinds {
		if !verified[i] {
			t.Errorf("%s: refused", k.name)
		}
	}

	// The script can say no: to another key, and to another body.
	other := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	runPeer(t, "verify.mjs", map[string]any{"jwk": publicJWK(other), "requests": requests[:1]}, &verified)
	if verified[0] {
		t.Error("verified with another key")
	}
	requests[0].Body = `{"client":"https://wallet.example/other"}`
	runPeer(t, "verify.mjs", map[string]any{"jwk": publicJWK(public), "requests": requests[:1]}, &verified)
	if verified[0] {
		t.Error("verified with another body")
	}
}

func TestWeVerifyWhatTheOfficialPackageSigns(t *testing.T) {
	verifier := testVerifier()
	verifier.Label = "sig1"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		result, err := verifier.Verify(r)
		if err == nil && result.KeyID != "key-1" {
			err = fmt.Errorf("the key id is %q", result.KeyID)
		}
		if err != nil {
			fmt.Fprint(w, err)
			return
		}
		fmt.Fprint(w, "verified")
	}))
	defer server.Close()

	der, err := x509.MarshalPKCS8PrivateKey(testKey)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	var requests []map[string]string
	for _, k := range kinds {
		if strings.HasSuffix(k.target, "?") || strings.Contains(k.target, "#") {
			continue // Node.js leaves both off when sending, but not when signing
		}
		names = append(names, k.name)
		requests = append(requests, map[string]string{
			"method": k.method, "url": server.URL + k.target, "body": k.body, "authorization": k.authorization,
		})
	}
	var answers []string
	runPeer(t, "sign.mjs", map[string]any{
		"privateKey": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"keyId":      "key-1", "requests": requests,
	}, &answers)
	for i, name := range names {
		if answers[i] != "verified" {
			t.Errorf("%s: %s", name, answers[i])
		}
	}
}
