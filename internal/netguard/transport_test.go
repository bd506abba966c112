package netguard

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// proxied counts what the proxy of the environment was asked. The environment is
// read once per process, so it is set before all tests.
var proxied atomic.Int32

func TestMain(m *testing.M) {
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { proxied.Add(1) }))
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
		_ = os.Setenv(name, proxy.URL)
	}
	code := m.Run()
	proxy.Close()
	os.Exit(code)
}

// A clock shows the time that it was set to.
func newTransport(t *testing.T, o Options) *Transport {
	t.Helper()
	tr := NewTransport(o)
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// send sends a request and reads the answer to its end.
func send(ctx context.Context, rt http.RoundTripper, method, url, body string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	response, err := rt.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	return string(answer), err
}

func mustSend(t *testing.T, rt http.RoundTripper, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := send(ctx, rt, "POST", url, "{}"); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsNotPublicIsNotDialled(t *testing.T) {
	tr := newTransport(t, Options{})
	for _, url := range []string{"https://localhost/", "https://127.0.0.1/", "http://wallet.invalid/", "https://wallet.invalid:8443/"} {
		_, err := send(t.Context(), tr, "GET", url, "")
		if !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: got %v, want ErrForbidden", url, err)
		}
	}
}

func TestTheAddressIsLookedAtWhenItIsDialled(t *testing.T) {
	strict, local := NewTransport(Options{}), NewTransport(Options{InsecureAllowLocal: true})
	for address, allowed := range map[string]bool{
		"8.8.8.8:443":                true,
		"[2606:4700:4700::1111]:443": true,
		"8.8.8.8:80":                 false,
		"127.0.0.1:443":              false,
		"[::ffff:192.168.0.1]:443":   false,
		"[fe80::1%lo]:443":           false,
		"/run/some.socket":           false,
	} {
		err := strict.control(t.Context(), "tcp", address, nil)
		if (err == nil) != allowed || err != nil && !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: got %v, want allowed %v", address, err, allowed)
		}
		if err := local.control(t.Context(), "tcp", address, nil); err != nil {
			t.Errorf("%s with InsecureAllowLocal: %v", address, err)
		}
	}
}

func TestTheProxyOfTheEnvironmentIsNotUsed(t *testing.T) {
	_, err := send(t.Context(), newTransport(t, Options{InsecureAllowLocal: true}), "GET", "http://wallet.invalid/", "")
	if err == nil || proxied.Load() != 0 {
		t.Errorf("got %v, and the proxy was asked %d times", err, proxied.Load())
	}
}

// counting is a server that counts its connections.
// While the program is frozen the server forgets the connection, and the network
// does not tell: what is sent on it gets no answer.
func TestNoRequestIsRepeated(t *testing.T) {
	var served atomic.Int32
	url, _ := counting(t, func(w http.ResponseWriter, r *http.Request) {
		if served.Add(1) > 1 { // the first answer makes the connection a used one
			conn, _, _ := http.NewResponseController(w).Hijack()
			_ = conn.Close()
		}
	})
	for i, method := range []string{"GET", "POST", "DELETE"} {
		served.Store(0)
		tr := newTransport(t, Options{InsecureAllowLocal: true})
		mustSend(t, tr, url)
		r, _ := http.NewRequestWithContext(t.Context(), method, url, nil)
		r.Header.Set("Idempotency-Key", "net/http repeats such requests")
		if response, err := tr.RoundTrip(r); err == nil {
			_ = response.Body.Close()
			t.Errorf("%s: an answer from a server that gave none", method)
		}
		if got := served.Load(); got != 2 {
			t.Errorf("%d: %s was sent %d times, want once", i, method, got-1)
		}
	}
}

func TestTheTraceTellsWhetherAConnectionWasObtained(t *testing.T) {
	url, _ := counting(t, func(http.ResponseWriter, *http.Request) {})
	noTLS := strings.Replace(url, "http:", "https:", 1)
	closed, _ := net.Listen("tcp", "127.0.0.1:0")
	_ = closed.Close()
	for name, c := range map[string]struct {
		url  string
		want bool
	}{
		"an answer":           {url, true},
		"nobody listens":      {"http://" + closed.Addr().String(), false},
		"no such host":        {"http://wallet.invalid", false},
		"the handshake fails": {noTLS, false},
	} {
		t.Run(name, func(t *testing.T) {
			var asked, got bool
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
				GetConn: func(string) { asked = true },
				GotConn: func(httptrace.GotConnInfo) { got = true },
			})
			_, err := send(ctx, newTransport(t, Options{InsecureAllowLocal: true}), "POST", c.url, "{}")
			if !asked || got != c.want || (err == nil) != c.want {
				t.Errorf("asked %v, got %v, error %v", asked, got, err)
			}
		})
	}
}

func TestTLSIsVerifiedAndHTTP2NotSpoken(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.Proto) }))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	got, err := send(t.Context(), newTransport(t, Options{InsecureAllowLocal: true, RootCAs: roots}), "GET", s.URL, "")
	if err != nil || got != "HTTP/1.1" {
		t.Errorf("got %q, %v", got, err)
	}
	_, err = send(t.Context(), newTransport(t, Options{InsecureAllowLocal: true}), "GET", s.URL, "")
	if _, unknown := errors.AsType[x509.UnknownAuthorityError](err); !unknown {
		t.Errorf("a certificate of an unknown authority: got %v", err)
	}
}

func TestManyRequestsAtOnce(t *testing.T) {
	url, opened := counting(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	tr := newTransport(t, Options{InsecureAllowLocal: true})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 20 {
				want := fmt.Sprint(i, j)
				if got, err := send(t.Context(), tr, "POST", url, want); err != nil || got != want {
					t.Errorf("got %q, %v; want %q", got, err, want)
				}
			}
		})
	}
	wg.Wait()
	if opened.Load() > 40 { // 8, and a few that net/http gave up as the machine was busy
		t.Errorf("%d connections for 160 requests, 8 at a time", opened.Load())
	}
}

func TestATLSVersionBefore12IsRefused(t *testing.T) {
	for version, good := range map[uint16]bool{tls.VersionTLS11: false, tls.VersionTLS12: true} {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: version}
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.StartTLS()
		t.Cleanup(s.Close)
		roots := x509.NewCertPool()
		roots.AddCert(s.Certificate())
		tr := newTransport(t, Options{InsecureAllowLocal: true, RootCAs: roots})
		if tr.dial.TLSClientConfig.MinVersion != tls.VersionTLS12 {
			t.Error("the lowest version is left to the default, which GODEBUG changes")
		}
		if _, err := send(t.Context(), tr, "GET", s.URL, ""); (err == nil) != good {
			t.Errorf("%x: got %v", version, err)
		}
	}
}

func TestCompressionIsNotAskedForAndNotUndone(t *testing.T) {
	url, _ := counting(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = io.WriteString(w, "asked for: "+r.Header.Get("Accept-Encoding"))
	})
	got, err := send(t.Context(), newTransport(t, Options{InsecureAllowLocal: true}), "GET", url, "")
	if err != nil || got != "asked for: " {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestAConnectionThatSwitchesToAnotherProtocolIsClosed(t *testing.T) {
	closed := make(chan error, 1)
	url, _ := counting(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, buffer, _ := http.NewResponseController(w).Hijack()
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		_, err := buffer.ReadByte()
		closed <- err
		_ = conn.Close()
	})
	got, err := send(t.Context(), newTransport(t, Options{InsecureAllowLocal: true}), "GET", url, "")
	if err != nil || got != "" {
		t.Errorf("got %q, %v", got, err)
	}
	if err := <-closed; !errors.Is(err, io.EOF) {
		t.Errorf("the connection stays open: %v", err)
	}
}
