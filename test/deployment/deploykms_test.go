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

// The stack makes the key, its functions have no secret, and their roles may sign.
func TestAStackSignsWithAKeyInKMS(t *testing.T) {
	t.Parallel()
	endpoint := peers.AWS(t, "AUTH=true")
	s := &stack{deployment: &deployment{cloud: &cloud{dynamoDB: endpoint, secretsManager: endpoint}}, endpoint: endpoint, name: "kms"}
	s.openWallet(t, -1)
	s.deploy(t, withLocalWallet(t), "SigningKeyIn=kms", "WalletAddress="+s.client, "Architecture="+peers.Architecture(),
		"ReturnUrls=https://shop.example/thanks", `ScheduleRate="rate(15 minutes)"`, "LogLevel=DEBUG")
	if s.secret != "" || s.resources["SigningKey"] != "" {
		t.Errorf("there is a secret too: %s", s.secret)
	}
	s.shop = s.user(t, "shop")
	s.mayCall(t, "shop")
	if got := s.post(t, nil); got.StatusCode != http.StatusServiceUnavailable || !strings.Contains(got.Body, "key_refused") {
		t.Errorf("before the key is registered: %d %s", got.StatusCode, got.Body)
	}
	s.registerKMSKey(t, s.outputs["SigningKmsKey"])
	id, code := s.granted(t)
	claimed := wants(t, s.app(t, http.MethodPost, "/grants/"+id+"/claim", `{"code":"`+code+`"}`), http.StatusOK)
	if claimed["status"] != "granted" || claimed["claimed"] != true {
		t.Errorf("the grant is %v", claimed)
	}
	if got := s.app(t, http.MethodDelete, "/grants/"+id, ""); got.StatusCode != http.StatusNoContent {
		t.Errorf("revoked: %d %s", got.StatusCode, got.Body)
	}
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

// registerKMSKey registers the public half of a key at the client's wallet address, as
// `opgrants keygen --public-key` prints it.
func (s *stack) registerKMSKey(t *testing.T, arn string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	source := kms.Source{Key: arn, WalletAddress: s.client, Client: &kms.Client{Region: region, Endpoint: s.endpoint, Credentials: testCredentials, HTTP: http.DefaultClient}}
	key, err := source.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	public := key.Signer().Public().(ed25519.PublicKey)
	if err := s.wallet.SetKeys(s.client, sandbox.NewJWK(signingkey.Thumbprint(public), public)); err != nil {
		t.Fatal(err)
	}
}
