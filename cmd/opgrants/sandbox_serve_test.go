package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

// words splits a line as a shell does, as far as the sandbox's lines need.
func words(line string) []string {
	command := strings.Fields(line)
	for i, word := range command {
		command[i] = strings.ReplaceAll(word, "'", "")
	}
	return command
}

// trusting returns a client that trusts the authority in a file as well.
func trusting(t *testing.T, file string) *http.Client {
	t.Helper()
	transport := &http.Transport{}
	if file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(text) {
			t.Fatalf("%s has no certificate", file)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: roots}
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// TestThePrintedServeLineRuns runs the line as it is, but for the port and the file
// with the grants, and asks for a consent that needs nobody.
func TestThePrintedServeLineRuns(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			args := []string{"sandbox", "--listen", "127.0.0.1:0", "--wait", "0s"}
			before := "  opgrants serve"
			if scheme == "https" {
				args, before = append(args, "--https"), "  SSL_CERT_FILE="
			}
			s := start(t, nil, args...)
			line, ca := s.wants(t, before), ""
			if scheme == "https" {
				ca, line, _ = strings.Cut(line, " opgrants serve")
				ca = strings.Trim(ca, "'")
			}
			_, wallet, _ := strings.Cut(s.wants(t, "  "+scheme+"://"), "")
			wallet, _, _ = strings.Cut(scheme+"://"+wallet, "/alice")
			env := map[string]string{}
			if ca != "" {
				env["SSL_CERT_FILE"] = ca
			}
			serve := append(append([]string{"serve"}, words(line)...), "--listen", "127.0.0.1:0", "--data-file", filepath.Join(t.TempDir(), "grants.db"))
			service := startProcess(t, serve, env)
			status, grant := call(t, "POST", service.url+"/grants", "", `{"walletAddress":"`+wallet+`/approves","limits":{"debitAmount":{"value":"130"}},"returnUrl":"http://localhost:3000/thanks"}`)
			if status != 201 {
				t.Fatalf("%d %v", status, grant)
			}
			browser := trusting(t, ca)
			at := grant["consentUrl"].(string)
			for range 2 { // the wallet, and the service's finish link
				answer, err := browser.Get(at)
				if err != nil {
					t.Fatal(err)
				}
				_ = answer.Body.Close()
				at = answer.Header.Get("Location")
			}
			if !regexp.MustCompile(`^http://localhost:3000/thanks\?code=\S+&status=granted$`).MatchString(at) {
				t.Errorf("the browser ends at %s", at)
			}
		})
	}
}

func TestTheSandboxKeepsItsKeyAndItsCertificateIfAsked(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "wallet")
	names := []string{"key.pem", "ca.pem", "tls.pem", "tls-key.pem"}
	var before [][]byte
	for turn := range 2 {
		s := start(t, nil, "sandbox", "--listen", "127.0.0.1:0", "--dir", dir, "--https")
		if file := s.wants(t, "export PRIVATE_KEY_PATH="); file != "'"+filepath.Join(dir, "key.pem")+"'" {
			t.Errorf("the key is in %s", file)
		}
		s.wants(t, "Tests control it at ")
		s.cancel()
		if got := s.end(t); got.code != exit.OK || !strings.Contains(got.out, "export KEY_ID=client-key-1\n") {
			t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
		}
		for i, name := range names {
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: %v %v", name, info.Mode(), err)
			}
			if turn == 0 {
				before = append(before, text)
			} else if !bytes.Equal(text, before[i]) {
				t.Errorf("%s is another one after a restart", name)
			}
		}
	}
	t.Run("and makes another certificate for other names", func(t *testing.T) {
		addr := freeAddr(t)
		s := start(t, nil, "sandbox", "--listen", addr, "--dir", dir, "--https", "--public-url", "https://wallet.internal:3388")
		s.wants(t, "Tests control it at ")
		if text, _ := os.ReadFile(filepath.Join(dir, "ca.pem")); bytes.Equal(text, before[1]) {
			t.Error("the certificate is not for wallet.internal")
		}
	})
	t.Run("but takes no file that is no key", func(t *testing.T) {
		if err := os.WriteFile(filepath.Join(dir, "key.pem"), []byte("no key"), 0o600); err != nil {
			t.Fatal(err)
		}
		wantEnding(t, runs(t, nil, "sandbox", "--listen", "127.0.0.1:0", "--dir", dir), exit.Key, "key.pem")
	})
}

func TestTheSandboxPrintsTheSeedOfItsFaults(t *testing.T) {
	t.Parallel()
	s := start(t, nil, "sandbox", "--listen", "127.0.0.1:0", "--hostile")
	if seed := s.wants(t, "It is hostile. To repeat its faults: --hostile --seed "); seed == "" || seed == "0" {
		t.Errorf("the seed is %q", seed)
	}
	s.cancel()
	s.end(t)
	s = start(t, nil, "sandbox", "--listen", "127.0.0.1:0", "--hostile", "--seed", "4711")
	if seed := s.wants(t, "It is hostile. To repeat its faults: --hostile --seed "); seed != "4711" {
		t.Errorf("the seed is %q", seed)
	}
	wantEnding(t, runs(t, nil, "sandbox", "--listen", "127.0.0.1:0", "--seed", "4711"), exit.Usage, "--seed needs --hostile")
}

func TestTheSandboxIsExposedOnlyIfAsked(t *testing.T) {
	t.Parallel()
	s := start(t, nil, "sandbox", "--listen", "0.0.0.0:0", "--expose")
	at := s.wants(t, "Tests control it at ")
	at, _, _ = strings.Cut(at, " ")
	if !strings.HasPrefix(at, "http://127.0.0.1:") {
		t.Errorf("its URLs are for %s", at)
	}
	if status, page := browse(t, at); status != 200 || !strings.Contains(page, "/approves") {
		t.Errorf("%d %s", status, page)
	}
}

// In a container without a folder that can be written, the key is in the control API.
func TestTheSandboxNeedsNoFolder(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", filepath.Join(dir, "missing"))
	s := start(t, nil, "sandbox", "--listen", "127.0.0.1:0", "--wait", "0s")
	line := s.wants(t, "  curl -s ")
	at, _, _ := strings.Cut(line, " ")
	s.wants(t, "Tests control it at ")
	status, env := browse(t, at)
	if status != 200 {
		t.Fatalf("%d %s", status, env)
	}
	if strings.Contains(s.out.String(), "PRIVATE_KEY") {
		t.Error("the key is printed")
	}
	file := filepath.Join(dir, "sandbox.env")
	if err := os.WriteFile(file, []byte(env), 0o600); err != nil {
		t.Fatal(err)
	}
	alice := strings.TrimSuffix(at, "/control/env") + "/alice"
	r := start(t, nil, "request", "--no-wait", "--env-file", file, "--wallet", alice, "--debit", "130")
	r.wants(t, interactLine)
	if got := r.end(t); got.code != exit.OK {
		t.Errorf("ended with %d:\n%s", got.code, got.err)
	}
	wantEnding(t, runs(t, nil, "sandbox", "--listen", "127.0.0.1:0", "--https"), exit.Usage, "--dir")
}
