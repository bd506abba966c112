package netguard

import (
	"context"
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
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

func (c *clock) move(d time.Duration) { c.ahead.Add(int64(d)) }

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
	if _, err := send(t.Context(), rt, "POST", url, "{}"); err != nil {
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
func counting(t *testing.T, h http.HandlerFunc) (url string, opened *atomic.Int32) {
	t.Helper()
	opened = &atomic.Int32{}
	s := httptest.NewUnstartedServer(h)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s.URL, opened
}

func TestAConnectionIsUsedAgainOnlyAMomentAfterItsLastUse(t *testing.T) {
	for name, c := range map[string]struct {
		idle time.Duration
		want int32
	}{
		"at once":                     {0, 1},
		"after 3 s":                   {3 * time.Second, 1},
		"after 5 s":                   {5 * time.Second, 2},
		"after an hour frozen":        {time.Hour, 2},
		"when the clock was set back": {-time.Hour, 2},
	} {
		t.Run(name, func(t *testing.T) {
			url, opened := counting(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
			var clock clock
			tr := newTransport(t, Options{InsecureAllowLocal: true, Now: clock.now})
			mustSend(t, tr, url)
			clock.move(c.idle)
			mustSend(t, tr, url)
			if got := opened.Load(); got != c.want {
				t.Errorf("%d connections, want %d", got, c.want)
			}
		})
	}
}

// While the program is frozen the server forgets the connection, and the network
// does not tell: what is sent on it gets no answer.
func TestARequestAfterAFreezeDoesNotGoToADeadConnection(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() { // answers once, then keeps the connection and says nothing
				buffer := make([]byte, 4096)
				_, _ = conn.Read(buffer)
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
				_, _ = io.Copy(io.Discard, conn)
				_ = conn.Close()
			}()
		}
	}()
	url := "http://" + listener.Addr().String()
	var clock clock
	tr := newTransport(t, Options{InsecureAllowLocal: true, Now: clock.now})
	mustSend(t, tr, url)
	clock.move(6 * time.Second)
	mustSend(t, tr, url)

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := send(ctx, tr, "POST", url, "{}"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without the freeze: got %v, want no answer: or else this test shows nothing", err)
	}
}

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

func TestAnAnswerNotReadToItsEndEndsTheConnection(t *testing.T) {
	url, opened := counting(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", 1<<20)) })
	tr := newTransport(t, Options{InsecureAllowLocal: true})
	for range 2 {
		r, _ := http.NewRequestWithContext(t.Context(), "GET", url, nil)
		response, err := tr.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		_ = response.Body.Close() // twice does no harm
	}
	if opened.Load() != 2 {
		t.Errorf("%d connections, want 2", opened.Load())
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

func TestThePoolIsBounded(t *testing.T) {
	url, _ := counting(t, func(http.ResponseWriter, *http.Request) {})
	tr := newTransport(t, Options{InsecureAllowLocal: true})
	for i := range maxIdleConns + 3 {
		conn, err := tr.dial.NewClientConn(t.Context(), "http", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		tr.idle.put(fmt.Sprint(i), conn)
	}
	if got := len(tr.idle.idle); got != maxIdleConns {
		t.Errorf("%d idle connections, want %d", got, maxIdleConns)
	}
	if tr.idle.take("0") != nil || tr.idle.take("3") == nil {
		t.Error("not the oldest were dropped")
	}
}

func TestIdleConnectionsAreClosedWithoutAnotherRequest(t *testing.T) {
	url, _ := counting(t, func(http.ResponseWriter, *http.Request) {})
	tr := newTransport(t, Options{InsecureAllowLocal: true})
	tr.idle.limit = 10 * time.Millisecond
	mustSend(t, tr, url)
	for range 200 {
		tr.idle.mu.Lock()
		left := len(tr.idle.idle)
		tr.idle.mu.Unlock()
		if left == 0 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Error("the connection stays open")
}
