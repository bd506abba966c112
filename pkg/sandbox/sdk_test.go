//go:build tools

package sandbox_test

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/peers"
)

func TestTheOfficialSDKUsesTheSandbox(t *testing.T) {
	w := newWorld(t, sandbox.Config{Wait: -1, Now: time.Now})
	client := w.wallet(sandbox.Wallet{Name: "corner/shop", PublicName: "Corner shop", Keys: []sandbox.JWK{sandbox.NewJWK("key-1", jwkKey(shopKey))}})
	der, err := x509.MarshalPKCS8PrivateKey(shopKey)
	if err != nil {
		t.Fatal(err)
	}
	arguments := encode(t, m{"user": w.alice, "client": client, "keyId": "key-1",
		"privateKey": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))})
	out, err := peers.Node(t, "testdata/sdk.mjs", arguments).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if n := strings.Count(string(out), "ok: "); n != 7 {
		t.Errorf("%d steps of 7:\n%s", n, out)
	}
	n := w.Stats()
	if n.Rotations == 0 || n.Revocations == 0 || n.Cancels == 0 || n.Polls == 0 {
		t.Errorf("%+v", n)
	}
}

// askNode runs a script that reads JSON and writes JSON.
func askNode(t *testing.T, script string, question, verdict any) {
	t.Helper()
	in, err := json.Marshal(question)
	if err != nil {
		t.Fatal(err)
	}
	cmd := peers.Node(t, script)
	var out, complaints bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &complaints
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, complaints.String())
	}
	if err := json.Unmarshal(out.Bytes(), verdict); err != nil {
		t.Fatal(err)
	}
}

// The cases of TestASignatureIsTakenAsTheReferenceImplementationTakesIt, shown to
// the package that the reference implementation verifies with.
func TestTheOfficialVerifierTakesWhatTheSandboxTakes(t *testing.T) {
	type shown struct {
		Method  string            `json:"method"`
		URL     string            `json:"url"`
		Headers map[string]string `json:"headers"`
		Body    string            `json:"body"`
	}
	w := newWorld(t, sandbox.Config{})
	var requests []shown
	for _, c := range signatureCases {
		q := c.build(w)
		edit := q.edit
		q.edit = func(r *http.Request) {
			if edit != nil {
				edit(r)
			}
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			s := shown{r.Method, r.URL.String(), map[string]string{}, string(body)}
			for name, values := range r.Header {
				s.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
			}
			s.Headers["content-length"] = encode(t, len(body))
			requests = append(requests, s)
		}
		w.send(q)
	}
	var verdicts []string
	askNode(t, "testdata/verify.mjs", m{"jwk": sandbox.NewJWK("key-1", jwkKey(shopKey)), "requests": requests}, &verdicts)
	if len(verdicts) != len(signatureCases) {
		t.Fatalf("%d verdicts for %d requests", len(verdicts), len(signatureCases))
	}
	for i, c := range signatureCases {
		want := map[string]string{"": "ok", badHeaders: "headers", badSignature: "signature", "invalid signature input": "keyid", "could not determine client": "unknown key"}[c.description]
		if c.status == 500 {
			want = "error"
		}
		if verdicts[i] != want {
			t.Errorf("%s: the official verifier says %s, the sandbox %q", c.name, verdicts[i], c.description)
		}
	}
}
