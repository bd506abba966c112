//go:build tools

package docs_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

// playDoctor checks the settings of the sandbox, and a service that runs.
func playDoctor(t *testing.T, page string) {
	ports := freePorts(t, 2)
	s := newScene(t, page)
	s.sandbox(ports)
	s.replace("bin/opgrants serve", "bin/opgrants serve --data-file "+filepath.Join(t.TempDir(), "opgrants.db")+" --listen 127.0.0.1:"+ports[1])
	s.replace("127.0.0.1:8080", "127.0.0.1:"+ports[1])
	s.goesOn(`^bin/opgrants serve`, listening, nil)
	s.play()
}

// playRealWallet plays the page with the sandbox in the place of the test wallet.
func playRealWallet(t *testing.T, page string) {
	wallet, err := sandbox.Start(sandbox.Config{Wait: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = wallet.Close() })
	for _, w := range []sandbox.Wallet{{Name: "your-shop", PublicName: "Your shop"}, {Name: "your-customer", PublicName: "Your customer"}} {
		if _, err := wallet.AddWallet(w); err != nil {
			t.Fatal(err)
		}
	}
	port := freePorts(t, 1)[0]
	s := newScene(t, page, "INSECURE_ALLOW_LOCAL=true")
	for _, file := range []string{"shop-key.pem", "shop.env"} {
		_ = os.Remove(filepath.Join(s.dir, file))
	}
	s.replace("https://ilp.interledger-test.dev", wallet.URL())
	s.replace("bin/opgrants serve", "bin/opgrants serve --data-file "+filepath.Join(t.TempDir(), "opgrants.db")+" --listen 127.0.0.1:"+port)
	s.replace("127.0.0.1:8080", "127.0.0.1:"+port)
	s.goesOn(`^bin/opgrants serve`, listening, nil)
	s.replaceLater("cat > shop.env", func() string { // the upload at the wallet
		var made struct{ Key struct{ JWK sandbox.JWK } }
		printed := s.run(block{page: page}, "bin/opgrants keygen --from shop-key.pem --json\n")
		if err := json.Unmarshal([]byte(strings.TrimSpace(printed)), &made); err != nil {
			t.Fatalf("%v: %s", err, printed)
		}
		if err := wallet.SetKeys(wallet.URL()+"/your-shop", made.Key.JWK); err != nil {
			t.Fatal(err)
		}
		return "cat > shop.env"
	})
	s.replaceLater("code=…", func() string {
		consent := strings.TrimSpace(s.run(block{page: page}, "jq -r .consentUrl <<<\"$grant\"\n"))
		return "code=" + codeAfter(t, consent, "")
	})
	s.play()
	if paid := s.run(block{page: page}, "jq -r .status <<<\"$payment\"\n"); strings.TrimSpace(paid) != "completed" {
		t.Errorf("at the end the payment is %s", paid)
	}
}
