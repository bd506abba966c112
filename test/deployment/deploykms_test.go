//go:build tools

package deployment_test

import (
	"context"
	"crypto/ed25519"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/internal/signingkey"
	"github.com/opgrants/opgrants/internal/signingkey/kms"
	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/peers"
)

// The stack makes the key, its functions have no secret, and their roles may sign. It
// is deployed with the policy of deploy/ alone, after a deployment that failed.
func TestAStackSignsWithAKeyInKMS(t *testing.T) {
	t.Parallel()
	endpoint := peers.AWS(t, "AUTH=true")
	s := &stack{deployment: &deployment{cloud: &cloud{dynamoDB: endpoint, secretsManager: endpoint}}, endpoint: endpoint, name: "opgrants-kms"}
	s.openWallet(t, -1)
	s.deployAs(t, "deployer")
	template, parameters := withLocalWallet(t), []string{"SigningKeyIn=kms", "WalletAddress=" + s.client, "Architecture=" + peers.Architecture(),
		"ReturnUrls=https://shop.example/thanks", `ScheduleRate="rate(15 minutes)"`, "LogLevel=DEBUG", "CustomerManagedKey=true", "AlarmEmail=ops@shop.example"}
	s.failsHalfWay(t, template, parameters...)
	s.deploy(t, template, parameters...)
	s.deployerMayDoNothingElse(t)
	if s.secret != "" || s.resources["SigningKey"] != "" {
		t.Errorf("there is a secret too: %s", s.secret)
	}
	s.shop = s.user(t, "shop")
	s.mayCall(t, "shop")
	if got := s.post(t, nil); got.StatusCode != http.StatusServiceUnavailable || !strings.Contains(got.Body, "key_refused") {
		t.Errorf("before the key is registered: %d %s", got.StatusCode, got.Body)
	}
	first := s.outputs["SigningKmsKey"]
	s.registerKMSKeys(t, first)
	id, code := s.granted(t)
	claimed := wants(t, s.app(t, http.MethodPost, "/grants/"+id+"/claim", `{"code":"`+code+`"}`), http.StatusOK)
	if claimed["status"] != "granted" || claimed["claimed"] != true {
		t.Errorf("the grant is %v", claimed)
	}
	second := s.newSigningKey(t)
	s.registerKMSKeys(t, first, second)
	s.change(t, "SigningKmsKeyArn", second)
	s.registerKMSKeys(t, second)
	if got := s.app(t, http.MethodDelete, "/grants/"+id, ""); got.StatusCode != http.StatusNoContent {
		t.Errorf("revoked with the key that replaced the first: %d %s", got.StatusCode, got.Body)
	}
	if got := s.keyState(t, first); got != "Enabled" {
		t.Errorf("the key that was replaced is %s: it must be there until its owner removes it", got)
	}
}

// newSigningKey makes a key as docs/keys.md says.
func (s *stack) newSigningKey(t *testing.T) (arn string) {
	t.Helper()
	var made struct{ KeyMetadata struct{ Arn string } }
	s.ask(t, "kms", "TrentService.CreateKey", map[string]string{"KeySpec": "ECC_NIST_EDWARDS25519", "KeyUsage": "SIGN_VERIFY"}, &made)
	return made.KeyMetadata.Arn
}

func (s *stack) keyState(t *testing.T, key string) string {
	t.Helper()
	var is struct{ KeyMetadata struct{ KeyState string } }
	s.ask(t, "kms", "TrentService.DescribeKey", map[string]string{"KeyId": key}, &is)
	return is.KeyMetadata.KeyState
}

// withLocalWallet is the built template for a wallet on this machine, which has no https.
func withLocalWallet(t *testing.T) (path string) {
	t.Helper()
	built := templateWith(t, "INSECURE_ALLOW_LOCAL", "'true'")
	text, err := os.ReadFile(built)
	if err != nil {
		t.Fatal(err)
	}
	const https = `^(|(https://|\$)[^\s,?#@*]+)$`
	if strings.Count(string(text), https) != 1 {
		t.Fatalf("WalletAddress has no pattern %s", https)
	}
	path = filepath.Join(filepath.Dir(built), "local-wallet.yaml")
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), https, `^.*$`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// registerKMSKeys registers the public halves of keys at the client's wallet address,
// as `opgrants keygen --public-key` prints them, and no others.
func (s *stack) registerKMSKeys(t *testing.T, arns ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var registered []sandbox.JWK
	for _, arn := range arns {
		source := kms.Source{Key: arn, WalletAddress: s.client, Client: &kms.Client{Region: region, Endpoint: s.endpoint, Credentials: testCredentials, HTTP: http.DefaultClient}}
		key, err := source.Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		public := key.Signer().Public().(ed25519.PublicKey)
		registered = append(registered, sandbox.NewJWK(signingkey.Thumbprint(public), public))
	}
	if err := s.wallet.SetKeys(s.client, registered...); err != nil {
		t.Fatal(err)
	}
}
