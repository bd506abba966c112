//go:build tools

package peers_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/test/peers"
)

func TestNodeRunsTheOfficialPackagesFromAnyFolder(t *testing.T) {
	imports := `import { createUnauthenticatedClient } from '@interledger/open-payments'
import { validateSignature } from '@interledger/http-signature-utils'
import { chromium } from 'playwright-core'
console.log(typeof createUnauthenticatedClient, typeof validateSignature, typeof chromium.launch)`
	requires := `console.log(typeof require('@interledger/open-payments').createUnauthenticatedClient)`

	for name, test := range map[string]struct{ file, source, want string }{
		"as a module": {"peer.mjs", imports, "function function function\n"},
		"as CommonJS": {"peer.cjs", requires, "function\n"},
	} {
		t.Run(name, func(t *testing.T) {
			script := filepath.Join(t.TempDir(), test.file)
			if err := os.WriteFile(script, []byte(test.source), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := peers.Node(t, script).CombinedOutput()
			if err != nil || string(out) != test.want {
				t.Errorf("got %v, %s", err, out)
			}
		})
	}
}

func TestTheOfficialOpenAPIFilesAreThere(t *testing.T) {
	for _, name := range []string{"auth-server.yaml", "resource-server.yaml", "wallet-address-server.yaml"} {
		if _, err := os.Stat(filepath.Join(peers.OpenAPI(t), name)); err != nil {
			t.Error(err)
		}
	}
}

func TestServersListenOnLoopbackOnly(t *testing.T) {
	for name, start := range map[string]func(testing.TB) string{
		"DynamoDB Local": peers.DynamoDB,
		"ministack":      peers.SecretsManager,
	} {
		t.Run(name, func(t *testing.T) {
			endpoint := start(t)
			if !reachable(strings.TrimPrefix(endpoint, "http://")) {
				t.Fatalf("%s does not answer", endpoint)
			}
			_, port, err := net.SplitHostPort(strings.TrimPrefix(endpoint, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			for _, ip := range otherAddresses(t) {
				if reachable(net.JoinHostPort(ip, port)) {
					t.Errorf("it listens on %s too", ip)
				}
			}
		})
	}
}

func TestSecretsManagerAnswers(t *testing.T) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, peers.SecretsManager(t),
		strings.NewReader(`{"Name":"key","SecretString":"value"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.1")
	req.Header.Set("X-Amz-Target", "secretsmanager.CreateSecret")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/secretsmanager/aws4_request, SignedHeaders=host, Signature=0")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("got %s", resp.Status)
	}
}

// No cleanup runs when another goroutine than the test's panics.
func TestAServerEndsWithATestBinaryThatPanics(t *testing.T) {
	if os.Getenv("PANIC_WITH_A_SERVER") != "" {
		fmt.Println("endpoint=" + peers.DynamoDB(t))
		go panic("as broken code under test would")
		select {}
	}
	self := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	self.Env = append(os.Environ(), "PANIC_WITH_A_SERVER=1")
	out, err := self.Output()
	_, rest, found := bytes.Cut(out, []byte("endpoint=http://"))
	if err == nil || !found {
		t.Fatalf("the child did not start a server and panic: %v, %s", err, out)
	}
	address, _, _ := strings.Cut(string(rest), "\n")
	for deadline := time.Now().Add(10 * time.Second); reachable(address); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it still listens")
		}
	}
}

func TestProgramsAreInstalled(t *testing.T) {
	for name, args := range map[string][]string{
		"SAM CLI":  {peers.SAM(t), "--version"},
		"Chromium": {peers.Chromium(t), "--version"},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
			cmd.Env = append(os.Environ(), "SAM_CLI_TELEMETRY=0")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	if info, err := os.Stat(peers.RIE(t)); err != nil || info.Mode()&0o100 == 0 {
		t.Errorf("the runtime interface emulator cannot be run: %v, %v", info, err)
	}
}

func reachable(address string) bool {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}

// otherAddresses are those of this machine that are not loopback.
func otherAddresses(t *testing.T) []string {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	var others []string
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && !n.IP.IsLoopback() && n.IP.To4() != nil {
			others = append(others, n.IP.String())
		}
	}
	return others
}
