package doctor_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/doctor"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// needKey are the checks that need a key.
var needKey = []string{"public_key", "signed_request"}

func TestEverythingIsWell(t *testing.T) {
	p := newPatient(t)
	p.Payer = p.alice
	got := p.examine(t)
	got.mustPass(t)
	for _, r := range got.results {
		if r.Status == doctor.Skipped && r.Check != "public_url" {
			t.Errorf("%s was skipped: %s", r.Check, r.Detail)
		}
	}
	if n := p.wallet.Stats(); n.Cancels != 1 || n.LiveTokens != 0 {
		t.Errorf("the grant of the signed request was not ended: %+v", n)
	}
}

func TestAKeyThatIsMissing(t *testing.T) {
	p := newPatient(t)
	p.Settings.PrivateKeyPath = ""
	got := p.examine(t)
	got.mustFail(t, "key", doctor.NotSet, exit.Key, "opgrants keygen")
	got.mustSkip(t, "Signing key", needKey...)

	for name, path := range map[string]string{
		"no file":        filepath.Join(t.TempDir(), "key.pem"),
		"no folder":      filepath.Join(t.TempDir(), "keys", "key.pem"),
		"a folder":       t.TempDir(),
		"of a shell":     "~/key.pem",
		"a variable":     "$HOME/key.pem",
		"the key itself": "-----BEGIN PRIVATE KEY-----",
	} {
		t.Run(name, func(t *testing.T) {
			p.Settings.PrivateKeyPath = path
			got := p.examine(t)
			got.mustFail(t, "key", doctor.KeyUnusable, exit.Key)
			got.mustSkip(t, "Signing key", needKey...)
		})
	}
	t.Run("two of them", func(t *testing.T) {
		p := newPatient(t)
		p.Settings.PrivateKey = opclient.Secret(readFile(t, p.Settings.PrivateKeyPath))
		p.examine(t).mustFail(t, "key", doctor.KeyUnusable, exit.Key, "keep one", "unset PRIVATE_KEY")
	})
}

func TestAKeyInAFormThatIsNotTaken(t *testing.T) {
	p := newPatient(t)
	good := readFile(t, p.Settings.PrivateKeyPath)
	public, err := x509.MarshalPKIXPublicKey(p.public)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := x509.MarshalPKCS8PrivateKey(ecKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ text, says string }{
		"an RSA key":            {encode("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey)), "opgrants keygen"},
		"an EC key":             {encode("PRIVATE KEY", ec), "opgrants keygen"},
		"a public key":          {encode("PUBLIC KEY", public), "public key"},
		"half of it":            {good[:60], "opgrants keygen"},
		"nothing":               {"", "empty"},
		"words":                 {"hello\n", "opgrants keygen"},
		"a public JWK":          {`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`, "no member d"},
		"an encrypted key":      {encode("ENCRYPTED PRIVATE KEY", []byte{0x30, 0x06, 0x30, 0x00, 0x04, 0x02, 1, 2}), "openssl pkey -in " + p.Settings.PrivateKeyPath},
		"a PuTTY key":           {"PuTTY-User-Key-File-3: ssh-ed25519\n", "puttygen " + p.Settings.PrivateKeyPath},
		"a variable's name":     {"$PRIVATE_KEY", "opgrants keygen"},
		"the name of a secret":  {"arn:aws:secretsmanager:eu-west-1:123456789012:secret:opgrants", "opgrants keygen"},
		"UTF-16":                {"\xff\xfeM\x00C\x00", "iconv -f UTF-16 -t UTF-8 " + p.Settings.PrivateKeyPath},
		"a certificate request": {encode("CERTIFICATE REQUEST", []byte{0x30, 0x00}), "opgrants keygen"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(p.Settings.PrivateKeyPath, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			got := p.examine(t)
			got.mustFail(t, "key", doctor.KeyUnusable, exit.Key, c.says)
			got.mustSkip(t, "Signing key", needKey...)
		})
	}
}

func TestAKeyFileThatOthersMayOpen(t *testing.T) {
	for _, mode := range []fs.FileMode{0o644, 0o640, 0o604, 0o622, 0o660, 0o666, 0o602, 0o777} {
		p := newPatient(t)
		if err := os.Chmod(p.Settings.PrivateKeyPath, mode); err != nil {
			t.Fatal(err)
		}
		p.examine(t).mustFail(t, "key_file", doctor.KeyFileOpen, exit.Key, "chmod 600 "+p.Settings.PrivateKeyPath)
	}
	for _, mode := range []fs.FileMode{0o600, 0o400, 0o700} {
		p := newPatient(t)
		if err := os.Chmod(p.Settings.PrivateKeyPath, mode); err != nil {
			t.Fatal(err)
		}
		p.examine(t).mustPass(t)
	}
}

func TestAnEnvFileWithTheKeyThatOthersMayOpen(t *testing.T) {
	p := newPatient(t)
	key := readFile(t, p.Settings.PrivateKeyPath)
	p.Settings.PrivateKeyPath, p.Settings.PrivateKey = "", opclient.Secret(key)
	p.KeyFiles = []string{write(t, "serve.env", "PRIVATE_KEY='"+key+"'", 0o644)}
	p.examine(t).mustFail(t, "key_file", doctor.KeyFileOpen, exit.Key, "chmod 600 "+p.KeyFiles[0])
	p.KeyFiles = []string{write(t, "serve.env", "PRIVATE_KEY='"+key+"'", 0o600)}
	p.examine(t).mustPass(t)
}

func TestAKeyIDThatIsTheKey(t *testing.T) {
	p := newPatient(t)
	p.Settings.KeyID = readFile(t, p.Settings.PrivateKeyPath)
	for _, check := range []string{"key", "key_id"} {
		if r := p.examine(t).of(check); r.Problem != doctor.SecretInSetting || r.Fix != "unset KEY_ID" || strings.Contains(r.Detail, "BEGIN") {
			t.Errorf("%s: %+v", check, r)
		}
	}
}

func encode(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
