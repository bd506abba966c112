//go:build tools

package serve_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/opgrants/opgrants/test/peers"
)

// A log can be read while it is written.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// freePort is one of 127.0.0.1.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// startCaddy runs Caddy with the Caddyfile, and returns the URL of the site and a
// client that trusts it alone.
func startCaddy(t *testing.T, upstream string) (url string, client *http.Client, written *log) {
	t.Helper()
	home, site := t.TempDir(), "localhost:"+freePort(t)
	written = &log{}
	cmd := exec.Command("caddy", "run", "--config", filepath.Join(peers.Root(t), "deploy/serve/Caddyfile"))
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "XDG_DATA_HOME=" + home, "XDG_CONFIG_HOME=" + home,
		"BIND=127.0.0.1", "SITE=" + site, "HTTP_PORT=" + freePort(t), "UPSTREAM=" + upstream}
	cmd.Stdout, cmd.Stderr = written, written
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	for limit := time.Now().Add(30 * time.Second); !strings.Contains(written.String(), "certificate obtained successfully"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("Caddy does not start:\n%s", written)
		}
	}
	root, err := os.ReadFile(filepath.Join(home, "caddy/pki/authorities/local/root.crt"))
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(root)
	config := &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}
	for limit := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) { // until it uses its certificate
		c, err := (&tls.Dialer{Config: config}).DialContext(t.Context(), "tcp", site)
		if err == nil {
			_ = c.Close()
			break
		}
		if time.Now().After(limit) {
			t.Fatal(err)
		}
	}
	return "https://" + site, &http.Client{
		Transport:     &http.Transport{TLSClientConfig: config},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, written
}

const finish = "/grants/AAAAAAAAAAAAAAAAAAAAAA/finish?hash=secret-hash&interact_ref=secret-ref"

func get(t *testing.T, client *http.Client, url string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Authorization": {"Bearer secret-token"}, "Referer": {"https://wallet.example/?secret-referer"}}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	return answer
}

// The service gets a request as it was sent, and the browser the answer as it was
// given.
func TestCaddyPassesRequestsOn(t *testing.T) {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		w.Header().Set("X-Seen", r.Host+" "+r.RequestURI+" "+r.Header.Get("Authorization"))
		w.Header().Set("Location", "https://shop.example/thanks?code=secret-code")
		w.WriteHeader(http.StatusSeeOther)
	}))
	defer service.Close()
	url, client, written := startCaddy(t, strings.TrimPrefix(service.URL, "http://"))
	answer := get(t, client, url+finish)
	if want := strings.TrimPrefix(url, "https://") + " " + finish + " Bearer secret-token"; answer.StatusCode != http.StatusSeeOther ||
		answer.Header.Get("X-Seen") != want || answer.Header.Get("Location") != "https://shop.example/thanks?code=secret-code" {
		t.Errorf("%d %v", answer.StatusCode, answer.Header)
	}
	for size, want := range map[int]bool{32 << 10: true, 1 << 20: false} {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/grants", bytes.NewReader(make([]byte, size)))
		answer, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if passed := answer.StatusCode == http.StatusSeeOther; passed != want {
			t.Errorf("a body of %d bytes is answered with %d", size, answer.StatusCode)
		}
	}
	if strings.Contains(written.String(), "secret-") {
		t.Errorf("the log has a secret:\n%s", written)
	}
}

func TestCaddyLogsNoSecretWhenTheServiceIsDown(t *testing.T) {
	url, client, written := startCaddy(t, "127.0.0.1:"+freePort(t))
	if answer := get(t, client, url+finish); answer.StatusCode != http.StatusBadGateway {
		t.Errorf("answered with %d", answer.StatusCode)
	}
	for limit := time.Now().Add(10 * time.Second); !strings.Contains(written.String(), "/finish?REDACTED"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("the log does not name the request:\n%s", written)
		}
	}
	if strings.Contains(written.String(), "secret-") {
		t.Errorf("the log has a secret:\n%s", written)
	}
}
