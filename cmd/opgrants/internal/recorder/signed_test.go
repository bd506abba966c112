package recorder

import (
	"crypto/ed25519"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/pkg/httpsig"
)

// What is shown as signed is what was signed: the signature fits it.
func TestTheSignatureBaseIsWhatWasSigned(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	signer := &httpsig.Signer{KeyID: "key-1", Key: private, Tag: "gnap"}
	for name, r := range map[string]*http.Request{
		"a GET":                newRequest(t, http.MethodGet, ""),
		"a POST with its body": newRequest(t, http.MethodPost, `{"interact_ref":"`+secret+`"}`),
	} {
		t.Run(name, func(t *testing.T) {
			if err := signer.Sign(r); err != nil {
				t.Fatal(err)
			}
			var lines []string
			for _, l := range signatureBase(r) {
				lines = append(lines, l.String())
			}
			signature, err := base64.StdEncoding.DecodeString(strings.Trim(strings.TrimPrefix(r.Header.Get("Signature"), "sig1="), ":"))
			if err != nil {
				t.Fatal(err)
			}
			if !ed25519.Verify(public, []byte(strings.Join(lines, "\n")), signature) {
				t.Errorf("the signature is not of\n%s", strings.Join(lines, "\n"))
			}
			nonce := nonceParameter.FindStringSubmatch(r.Header.Get("Signature-Input"))[1]
			for _, l := range new(Mask).signatureBaseLines(r) {
				if strings.Contains(l.Value, secret) || strings.Contains(l.Value, nonce) {
					t.Errorf("a secret is shown: %s", l)
				}
			}
		})
	}
}

func newRequest(t *testing.T, method, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, "http://wallet.example/continue/1?nonce="+secret, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "GNAP "+secret)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

func TestARequestWithoutASignatureHasNoBase(t *testing.T) {
	for _, input := range []string{"", "sig1", `sig1=1`, `sig1=(1)`, `sig1=("@method"`} {
		r := newRequest(t, http.MethodGet, "")
		if input != "" {
			r.Header.Set("Signature-Input", input)
		}
		if lines := signatureBase(r); lines != nil {
			t.Errorf("%q gives %v", input, lines)
		}
	}
}
