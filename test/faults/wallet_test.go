package faults

import (
	"bufio"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/sandbox"
)

// walletEnv makes this test a process that is nothing but a wallet.
const walletEnv = "OPGRANTS_FAULTS_WALLET"

// A walletProcess is a wallet in a process of its own.
type walletProcess struct {
	Control string // URL: it does what a user does, and says what the wallet has
	User    string
	Client  string
	Key     []byte // PEM
}

// serveWallet runs until its standard input ends.
func serveWallet() {
	s, err := sandbox.Start(sandbox.Config{Wait: -1})
	check(err)
	public, private, err := ed25519.GenerateKey(nil)
	check(err)
	p := walletProcess{}
	p.User, err = s.AddWallet(sandbox.Wallet{Name: "alice", PublicName: "Alice"})
	check(err)
	p.Client, err = s.AddWallet(sandbox.Wallet{Name: "shop", PublicName: "Shop", Keys: []sandbox.JWK{sandbox.NewJWK("key-1", public)}})
	check(err)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	check(err)
	p.Key = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	control := http.NewServeMux()
	control.HandleFunc("/approve", func(w http.ResponseWriter, r *http.Request) {
		finish, err := s.Approve(r.URL.Query().Get("url"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusConflict)
			return
		}
		_, _ = fmt.Fprint(w, finish)
	})
	control.HandleFunc("/live", func(w http.ResponseWriter, _ *http.Request) {
		values := []string{}
		for _, token := range s.LiveTokens() {
			values = append(values, token.Value)
		}
		_ = json.NewEncoder(w).Encode(values)
	})
	control.HandleFunc("/slow", func(http.ResponseWriter, *http.Request) {
		s.Fail(sandbox.OpGrant, sandbox.Fault{Act: true, Times: limit, Delay: 3 * time.Second})
	})
	p.Control = httptest.NewServer(control).URL
	check(json.NewEncoder(os.Stdout).Encode(p))
	_, _ = bufio.NewReader(os.Stdin).ReadByte() // until the parent ends
	os.Exit(0)
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

// startWallet starts a wallet that ends with the test.
func startWallet(t *testing.T) (p walletProcess, keyFile string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env, cmd.Stderr = append(os.Environ(), walletEnv+"=1"), os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	if err := json.NewDecoder(out).Decode(&p); err != nil {
		t.Fatal(err)
	}
	keyFile = filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(keyFile, p.Key, 0o600); err != nil {
		t.Fatal(err)
	}
	return p, keyFile
}
