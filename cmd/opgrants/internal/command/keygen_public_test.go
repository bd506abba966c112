package command

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

// describe runs keygen --public-key with a file of this content.
func describe(t *testing.T, content []byte, keyID string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "public")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := keygen(t, Keygen{Out: filepath.Join(dir, "k.pem"), PublicKey: path, KeyID: keyID})
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("it wrote a file: %v", files)
	}
	return out, err
}

func TestThePublicKeyOfKMSIsWhatToRegister(t *testing.T) {
	// RFC 8037 appendix A.3.
	public, _ := base64.RawURLEncoding.DecodeString("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
	der, err := x509.MarshalPKIXPublicKey(ed25519.PublicKey(public))
	if err != nil {
		t.Fatal(err)
	}
	const arn = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	answer, _ := json.MarshalIndent(map[string]any{"KeyId": arn, "PublicKey": der, "KeySpec": "ECC_NIST_EDWARDS25519"}, "", "    ")
	const jwk = `{"kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k","alg":"EdDSA","kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	for name, content := range map[string][]byte{
		"the answer of the AWS CLI":     answer,
		"PEM":                           pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}),
		"DER":                           der,
		"base64, as --output text says": []byte(base64.StdEncoding.EncodeToString(der) + "\n"),
	} {
		out, err := describe(t, content, "")
		if err != nil || !strings.Contains(out, "  "+jwk+"\n") || !strings.Contains(out, `{"keys":[`+jwk+`]}`) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		if told := strings.Contains(out, "SIGNING_KEY_KMS="+arn+" KEY_ID=kPrK_"); told != (name == "the answer of the AWS CLI") {
			t.Errorf("%s:\n%s", name, out)
		}
	}
	if out, err := describe(t, der, "key-1"); err != nil || !strings.Contains(out, `"kid":"key-1"`) {
		t.Errorf("with an id: %v\n%s", err, out)
	}
}

func TestWhatIsNoPublicKeyForOpenPayments(t *testing.T) {
	_, private, _ := ed25519.GenerateKey(nil)
	privateDER, _ := x509.MarshalPKCS8PrivateKey(private)
	other, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	otherDER, _ := x509.MarshalPKIXPublicKey(other.Public())
	text := base64.StdEncoding.EncodeToString(privateDER)
	for name, tt := range map[string]struct {
		content []byte
		says    string
	}{
		"another curve":          {otherDER, "ECC_NIST_EDWARDS25519"},
		"a private key":          {pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: privateDER}), "this is a private key"},
		"a private key as DER":   {privateDER, "this is a private key"},
		"a private key in JSON":  {[]byte(`{"PublicKey":"` + text + `"}`), "this is a private key"},
		"JSON of something else": {[]byte(`{"KeyMetadata":{}}`), "aws kms get-public-key"},
		"nothing":                {nil, "not a public key"},
		"too much":               {make([]byte, maxPublicKey+1), "too big"},
	} {
		_, err := describe(t, tt.content, "")
		if code := exit.Of(err); code != exit.Key && code != exit.Usage || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), text[20:30]) {
			t.Errorf("%s: the error repeats the key: %v", name, err)
		}
	}
	if _, err := keygen(t, Keygen{PublicKey: filepath.Join(t.TempDir(), "none")}); exit.Of(err) != exit.Usage {
		t.Errorf("no file: %v", err)
	}
}
