//go:build tools

package kms

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/signingkey"
	"github.com/opgrants/opgrants/pkg/httpsig"
	"github.com/opgrants/opgrants/test/peers"
)

// An emulated is an emulated KMS, and what an operator does with it.
type emulated struct {
	*Client
	t *testing.T
}

func (e emulated) do(operation string, in map[string]any) map[string]any {
	e.t.Helper()
	out := map[string]any{}
	if err := e.call(limited(e.t), operation, in, &out); err != nil && !strings.Contains(err.Error(), "not the JSON") { // some answer nothing
		e.t.Fatalf("%s: %v", operation, err)
	}
	return out
}

func (e emulated) create(spec string) (arn string) {
	e.t.Helper()
	return e.do("CreateKey", map[string]any{"KeySpec": spec, "KeyUsage": "SIGN_VERIFY"})["KeyMetadata"].(map[string]any)["Arn"].(string)
}

func (e emulated) source(key string) *Source {
	return &Source{Client: e.Client, Key: key, WalletAddress: wallet}
}

func TestTheOfficialPackageVerifiesWhatKMSSigns(t *testing.T) {
	e := emulated{sourceAt(peers.AWS(t), "").Client, t}
	key, err := e.source(e.create("ECC_NIST_EDWARDS25519")).Read(limited(t))
	if err != nil {
		t.Fatal(err)
	}
	type request struct {
		Method  string            `json:"method"`
		URL     string            `json:"url"`
		Headers map[string]string `json:"headers"`
		Body    string            `json:"body"`
	}
	var all []request
	for range 20 {
		body := `{"client":"` + wallet + `"}`
		r, err := http.NewRequestWithContext(limited(t), http.MethodPost, "https://auth.example/grants?a=b", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "GNAP token")
		if err := (&httpsig.Signer{KeyID: key.KeyID, Key: key.Signer(), Tag: "gnap"}).Sign(r); err != nil {
			t.Fatal(err)
		}
		headers := map[string]string{"content-length": strconv.Itoa(len(body))}
		for name, values := range r.Header {
			headers[strings.ToLower(name)] = values[0]
		}
		all = append(all, request{r.Method, r.URL.String(), headers, body})
	}
	public := key.Signer().Public().(ed25519.PublicKey)
	for i, ok := range verify(t, key.KeyID, public, all) {
		if !ok {
			t.Errorf("request %d is refused", i)
		}
	}
	if verify(t, key.KeyID, make(ed25519.PublicKey, ed25519.PublicKeySize), all)[0] {
		t.Error("verified with another key")
	}
}

// verify asks the official @interledger/http-signature-utils.
func verify(t *testing.T, kid string, public ed25519.PublicKey, requests any) (verified []bool) {
	t.Helper()
	in, err := json.Marshal(map[string]any{"requests": requests, "jwk": map[string]string{
		"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "kid": kid, "x": base64.RawURLEncoding.EncodeToString(public)}})
	if err != nil {
		t.Fatal(err)
	}
	cmd := peers.Node(t, filepath.Join(peers.Root(t), "pkg", "httpsig", "testdata", "peer", "verify.mjs"))
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out, &verified); err != nil || len(verified) == 0 {
		t.Fatalf("%s: %v", out, err)
	}
	return verified
}

func TestTheStatesOfAKeyInTheEmulatedKMS(t *testing.T) {
	e := emulated{sourceAt(peers.AWS(t), "").Client, t}
	older, newer := e.create("ECC_NIST_EDWARDS25519"), e.create("ECC_NIST_EDWARDS25519")
	e.do("CreateAlias", map[string]any{"AliasName": "alias/opgrants", "TargetKeyId": older})
	first, err := e.source("alias/opgrants").Read(limited(t))
	if err != nil {
		t.Fatal(err)
	}
	e.do("UpdateAlias", map[string]any{"AliasName": "alias/opgrants", "TargetKeyId": newer})
	second, err := e.source("alias/opgrants").Read(limited(t))
	if err != nil || second.KeyID == first.KeyID {
		t.Errorf("after the alias was moved: %v, %v", second, err)
	}
	mustFail := func(when string, err error, code string) {
		t.Helper()
		var told *grant.Error
		if !errors.As(err, &told) || told.Code != code {
			t.Errorf("%s: got %v, want %s", when, err, code)
		}
	}
	sign := func(key *signingkey.Key) error {
		_, err := key.Signer().(signingkey.Remote).SignContext(limited(t), []byte("m"))
		return err
	}
	if err := errors.Join(sign(first), sign(second)); err != nil {
		t.Errorf("both sign in between: %v", err)
	}
	e.do("DisableKey", map[string]any{"KeyId": older})
	mustFail("disabled", sign(first), grant.CodeKeyInvalid)
	e.do("EnableKey", map[string]any{"KeyId": older})
	if err := sign(first); err != nil {
		t.Errorf("enabled again: %v", err)
	}
	e.do("ScheduleKeyDeletion", map[string]any{"KeyId": older, "PendingWindowInDays": 7})
	mustFail("to be deleted", sign(first), grant.CodeKeyInvalid)
	_, err = e.source(e.create("ECC_NIST_P256")).Read(limited(t))
	mustFail("of another spec", err, grant.CodeKeyInvalid)
	_, err = e.source("alias/nothing").Read(limited(t))
	mustFail("that is not there", err, grant.CodeKeyMissing)
}
