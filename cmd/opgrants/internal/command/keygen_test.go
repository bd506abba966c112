package command

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/identity"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// keygen runs the command and returns what it printed.
func keygen(t *testing.T, c Keygen) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := c.Run(&cli.Terminal{Out: &out, Err: &out})
	return out.String(), err
}

func TestTheKeyFileAndWhatIsPrintedAreOneKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "k.pem")
	out, err := keygen(t, Keygen{Out: file, KeyID: "key-1"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	private, err := opclient.ParsePrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	x := base64.RawURLEncoding.EncodeToString(private.Public().(ed25519.PublicKey))
	want := `{"kid":"key-1","alg":"EdDSA","kty":"OKP","crv":"Ed25519","x":"` + x + `"}`
	for _, line := range []string{"\n  " + want + "\n", "\n  {\"keys\":[" + want + "]}\n",
		"\n  " + base64.StdEncoding.EncodeToString([]byte(want)) + "\n"} {
		if !strings.Contains(out, line) {
			t.Errorf("not printed: %s\n%s", line, out)
		}
	}
	// Any line of the key itself would be one too many.
	for _, line := range strings.Split(string(text), "\n")[1:2] {
		if strings.Contains(out, line) {
			t.Errorf("the private key is printed:\n%s", out)
		}
	}
}

func TestOnlyTheOwnerCanReadWhatIsWritten(t *testing.T) {
	dir := t.TempDir()
	if _, err := keygen(t, Keygen{Out: filepath.Join(dir, "k.pem"), ClientWallet: "https://wallet.example/shop"}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"k.pem", "k.secret.json"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode(); got != fs.FileMode(0o600) {
			t.Errorf("%s has mode %v, want -rw-------", name, got)
		}
	}
}

func TestAnExistingFileIsNotTouched(t *testing.T) {
	for name, existing := range map[string]string{"the key file": "k.pem", "the secret's file": "k.secret.json"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, existing)
			if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := keygen(t, Keygen{Out: filepath.Join(dir, "k.pem"), ClientWallet: "https://wallet.example/shop"})
			if exit.Of(err) != exit.Key || !strings.Contains(err.Error(), "exists and was not changed") {
				t.Errorf("ended with %d: %v", exit.Of(err), err)
			}
			if got, _ := os.ReadFile(path); string(got) != "mine" {
				t.Errorf("the file now holds %q", got)
			}
			if files, _ := os.ReadDir(dir); len(files) != 1 {
				t.Errorf("a half-written pair was left behind: %v", files)
			}
		})
	}
}

func TestALinkIsNotFollowed(t *testing.T) {
	dir := t.TempDir()
	link, target := filepath.Join(dir, "k.pem"), filepath.Join(dir, "elsewhere")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	if _, err := keygen(t, Keygen{Out: link}); exit.Of(err) != exit.Key {
		t.Errorf("ended with %v", err)
	}
	if _, err := os.Stat(target); err == nil {
		t.Error("the key was written through the link")
	}
}

func TestTheSecretIsWhatTheFunctionsRead(t *testing.T) {
	dir := t.TempDir()
	out, err := keygen(t, Keygen{Out: filepath.Join(dir, "k.pem"), KeyID: "key-1", ClientWallet: "$wallet.example/shop", SecretID: "my secret"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "k.secret.json"))
	if err != nil {
		t.Fatal(err)
	}
	var secret map[string]string
	if err := json.Unmarshal(text, &secret); err != nil {
		t.Fatal(err)
	}
	if secret["walletAddress"] != "https://wallet.example/shop" || secret["keyId"] != "key-1" || len(secret) != 3 {
		t.Errorf("the secret is about %q and %q, with %d members", secret["walletAddress"], secret["keyId"], len(secret))
	}
	inSecret, err := opclient.ParsePrivateKey([]byte(secret["privateKey"]))
	if err != nil {
		t.Fatal(err)
	}
	inFile, _ := os.ReadFile(filepath.Join(dir, "k.pem"))
	if key, _ := opclient.ParsePrivateKey(inFile); !inSecret.Equal(key) {
		t.Error("the secret holds another key than the key file")
	}
	file := filepath.Join(dir, "k.secret.json")
	command := "  aws secretsmanager put-secret-value --secret-id 'my secret' --secret-string file://" + file + " && rm " + file + "\n"
	if !strings.Contains(out, command) {
		t.Errorf("the command is not printed: %s\n%s", command, out)
	}
	if strings.Contains(out, secret["privateKey"]) {
		t.Error("the private key is printed")
	}
}

func TestTheCommandNamesTheRegionOfAnARN(t *testing.T) {
	const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:opgrants-SigningKey-AbCdEf-123456"
	out, err := keygen(t, Keygen{Out: filepath.Join(t.TempDir(), "k.pem"), ClientWallet: "https://wallet.example/shop", SecretID: arn})
	if err != nil || !strings.Contains(out, " put-secret-value --region eu-west-1 --secret-id "+arn+" ") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestTheDefaultKeyIDIsTheThumbprint(t *testing.T) {
	// RFC 8037 appendix A.3.
	x, _ := base64.RawURLEncoding.DecodeString("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
	k, err := identity.NewJWK(x, "")
	if err != nil || k.KeyID != "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" {
		t.Errorf("kid is %s, %v", k.KeyID, err)
	}
}

func TestAKeyIDThatServersTripOverIsRefused(t *testing.T) {
	for _, id := range []string{"a;b", `a"b`, "a b", "ä", "a\r\n"} {
		dir := t.TempDir()
		if _, err := keygen(t, Keygen{Out: filepath.Join(dir, "k.pem"), KeyID: id}); exit.Of(err) != exit.Usage {
			t.Errorf("%q: ended with %v", id, err)
		}
		if files, _ := os.ReadDir(dir); len(files) != 0 {
			t.Errorf("%q: %v was written", id, files)
		}
	}
}
