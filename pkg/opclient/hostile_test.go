package opclient

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A wire is a TCP server that is no HTTP server: serve writes what it likes.
type wire struct {
	URL    string
	closed chan struct{} // one for each connection that the client has closed
}

func newWire(t *testing.T, serve func(net.Conn, *bufio.Reader)) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	w := &wire{"http://" + listener.Addr().String(), make(chan struct{}, 100)}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				reader := bufio.NewReader(conn)
				if r, err := http.ReadRequest(reader); err == nil {
					_, _ = io.Copy(io.Discard, r.Body)
				}
				serve(conn, reader)
				_, _ = io.Copy(io.Discard, reader) // until the client closes
				w.closed <- struct{}{}
			}()
		}
	}()
	return w
}

// drip writes text again and again, until the client has gone.
func drip(text string) func(net.Conn, *bufio.Reader) {
	return func(conn net.Conn, _ *bufio.Reader) {
		for {
			if _, err := io.WriteString(conn, text); err != nil {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// first writes head, then drips.
func headThen(head string, then func(net.Conn, *bufio.Reader)) func(net.Conn, *bufio.Reader) {
	return func(conn net.Conn, r *bufio.Reader) {
		_, _ = io.WriteString(conn, head)
		if then != nil {
			then(conn, r)
		}
	}
}

const ok200 = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

func TestTheTimeLimitHoldsForTheWholeExchange(t *testing.T) {
	const limit = 300 * time.Millisecond
	for name, c := range map[string]struct {
		serve  func(net.Conn, *bufio.Reader)
		secure bool // asked with https
		want   error
	}{
		"no answer":                     {headThen("", nil), false, ErrTimeout},
		"no end of the header":          {headThen(ok200, drip("X: y\r\n")), false, ErrTimeout},
		"one byte of the header":        {drip("H"), false, ErrOutcomeUnknown},
		"the body never begins":         {headThen(ok200+"Content-Length: 2\r\n\r\n", nil), false, ErrTimeout},
		"the body comes byte by byte":   {headThen(ok200+"Content-Length: 90000\r\n\r\n", drip(" ")), false, ErrTimeout},
		"chunks without end":            {headThen(ok200+"Transfer-Encoding: chunked\r\n\r\n", drip("1\r\n \r\n")), false, ErrTimeout},
		"a body until the end":          {headThen(ok200+"\r\n", drip(" ")), false, ErrTimeout},
		"trailers without end":          {headThen(ok200+"Transfer-Encoding: chunked\r\n\r\n0\r\n", drip("X: y\r\n")), false, ErrTimeout},
		"100 without end":               {drip("HTTP/1.1 100 Continue\r\n\r\n"), false, ErrOutcomeUnknown},
		"103 without end":               {drip("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"), false, ErrOutcomeUnknown},
		"102 slowly":                    {headThen("HTTP/1.1 102 Processing\r\n\r\n", nil), false, ErrTimeout},
		"101 and silence":               {headThen("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", nil), false, ErrInvalidAnswer},
		"101 and more":                  {headThen("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", drip("x")), false, ErrInvalidAnswer},
		"101 without Upgrade":           {headThen("HTTP/1.1 101 Switching Protocols\r\n\r\n", drip("x")), false, ErrOutcomeUnknown},
		"a 204 with a body":             {headThen("HTTP/1.1 200 OK\r\n\r\n", drip("x")), false, ErrTimeout},
		"a 404 whose body never ends":   {headThen("HTTP/1.1 404 Not Found\r\nContent-Length: 90000\r\n\r\n", drip("x")), false, ErrRefused},
		"a 404 whose body never begins": {headThen("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n", nil), false, ErrRefused},
		"a 500 whose body never ends":   {headThen("HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n", drip("1\r\nx\r\n")), false, ErrOutcomeUnknown},
		"a 302 whose body never ends":   {headThen("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 90000\r\n\r\n", drip("x")), false, ErrOutcomeUnknown},
		"no handshake":                  {headThen("", nil), true, ErrNotSent},
		"no handshake but bytes":        {drip("\x16\x03\x03\x40\x00"), true, ErrNotSent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newWire(t, c.serve)
			for transport, config := range map[string]func(*Config){
				"ours":     func(*Config) {},
				"standard": func(c *Config) { c.HTTP = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}} },
			} {
				client := newClient(t, config, func(c *Config) { c.Timeout = limit })
				url := s.URL
				if c.secure {
					url = strings.Replace(url, "http:", "https:", 1)
				}
				start := time.Now()
				err := calls["continue"](client, url)
				if took := time.Since(start); took > limit+2*time.Second {
					t.Errorf("%s: it took %s", transport, took)
				}
				if !errors.Is(err, c.want) {
					t.Errorf("%s: got %v, want %v", transport, err, c.want)
				}
				if c.secure && transport == "standard" {
					continue // it goes on with the handshake in the background
				}
				select {
				case <-s.closed:
				case <-time.After(5 * time.Second):
					t.Errorf("%s: the connection was not closed", transport)
				}
			}
		})
	}
}

// stuck is a transport whose body does not watch the context.
type stuck struct{ closed chan struct{} }

func (s stuck) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: s}, nil
}

func (s stuck) Read([]byte) (int, error) { <-s.closed; return 0, io.ErrClosedPipe }

func (s stuck) Close() error {
	select {
	case <-s.closed:
	default:
		close(s.closed)
	}
	return nil
}

func TestTheTimeLimitHoldsForABodyThatDoesNotWatchTheContext(t *testing.T) {
	client := newClient(t, func(c *Config) {
		c.Timeout = 50 * time.Millisecond
		c.HTTP = &http.Client{Transport: stuck{make(chan struct{})}}
	})
	done := make(chan error, 1)
	go func() { done <- calls["continue"](client, "http://wallet.example/") }()
	select {
	case err := <-done:
		wantClasses(t, err, ErrOutcomeUnknown, ErrTimeout)
	case <-time.After(5 * time.Second):
		t.Error("the client still waits for the body")
	}
}

// bottomless is a transport whose body has no end, and is read as fast as possible.
type bottomless struct{ read *atomic.Int64 }

func (e bottomless) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: e}, nil
}

func (e bottomless) Read(p []byte) (int, error) {
	if e.read.Add(int64(len(p))) > 100<<20 {
		return 0, io.EOF
	}
	return len(p), nil
}

func (bottomless) Close() error { return nil }

func TestNoMoreThanTheLimitIsReadIntoMemory(t *testing.T) {
	e := bottomless{&atomic.Int64{}}
	client := newClient(t, func(c *Config) { c.HTTP = &http.Client{Transport: e} })
	wantClasses(t, calls["continue"](client, "http://wallet.example/"), ErrOutcomeUnknown, ErrInvalidAnswer)
	if n := e.read.Load(); n > 2*maxAnswer {
		t.Errorf("%d bytes were read, want at most %d", n, maxAnswer+1)
	}
}

func TestNoMoreThanTheLimitIsDecompressedIntoMemory(t *testing.T) {
	bomb := compressed(t, "gzip", strings.Repeat(" ", 30<<20))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := decompress(bomb, []string{"gzip"}, maxAnswer)
	runtime.ReadMemStats(&after)
	if err == nil || len(bomb) > maxAnswer {
		t.Fatalf("a bomb of %d bytes: %v", len(bomb), err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 10<<20 {
		t.Errorf("%d bytes were allocated", n)
	}
}

func TestNoGoroutineStaysAfterAHostileServer(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 20 {
		s := newWire(t, headThen("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", nil))
		_ = calls["rotate"](newClient(t), s.URL)
		select {
		case <-s.closed:
		case <-time.After(5 * time.Second):
			t.Fatal("the connection was not closed")
		}
	}
	for range 100 {
		if runtime.NumGoroutine() < before+60 { // 20 of them listen, and are closed at the end
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// tree returns err and all errors that it wraps.
func tree(err error) []error {
	all := []error{err}
	switch wraps := err.(type) { //nolint:errorlint // it walks the tree itself
	case interface{ Unwrap() error }:
		if inner := wraps.Unwrap(); inner != nil {
			all = append(all, tree(inner)...)
		}
	case interface{ Unwrap() []error }:
		for _, inner := range wraps.Unwrap() {
			all = append(all, tree(inner)...)
		}
	}
	return all
}

func TestWhatTheHTTPParserRepeatsOfAServerIsMaskedAndShort(t *testing.T) {
	const token = "TOKEN-SECRET"
	long := strings.Repeat("A", 9000)
	for name, head := range map[string]string{
		"a status":           "HTTP/1.1 " + token + long + "\r\n\r\n",
		"a version":          token + long + " 200 OK\r\n\r\n",
		"a header line":      ok200 + token + long + "\r\n\r\n",
		"a header name":      ok200 + "bad " + token + ": x\r\n\r\n",
		"a length":           ok200 + "Content-Length: " + token + long + "\r\n\r\n",
		"two lengths":        ok200 + "Content-Length: 1\r\nContent-Length: " + token + "\r\n\r\n",
		"a transfer coding":  ok200 + "Transfer-Encoding: " + token + long + "\r\n\r\n",
		"a content encoding": ok200 + "Content-Encoding: " + token + long + "\r\nContent-Length: 1\r\n\r\nx",
		"a chunk":            ok200 + "Transfer-Encoding: chunked\r\n\r\n" + token + "\r\n",
		"a location":         "HTTP/1.1 302 Found\r\nLocation: https://x.example/" + token + long + "?" + token + "\r\nContent-Length: 0\r\n\r\n",
		"a reason":           "HTTP/1.1 302 " + token + "\r\nContent-Length: 0\r\n\r\n",
	} {
		s := newWire(t, func(conn net.Conn, _ *bufio.Reader) {
			_, _ = io.WriteString(conn, head)
			_ = conn.Close()
		})
		err := calls["rotate"](newClient(t), s.URL)
		for _, e := range tree(err) {
			for _, verb := range []string{"%v", "%+v", "%#v", "%q", "%x"} {
				if text := fmt.Sprintf(verb, e); strings.Contains(text, token) || strings.Contains(text, fmt.Sprintf("%x", token)) || len(text) > 3000 {
					t.Errorf("%s: %d bytes: %.300s", name, len(text), text)
				}
			}
		}
		if text := fmt.Sprint(err); err == nil || len(text) > 900 {
			t.Errorf("%s: %d bytes: %.900s", name, len(text), text)
		}
	}
}

func compressed(t *testing.T, coding, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip", "x-gzip":
		w = gzip.NewWriter(&b)
	case "deflate":
		w = zlib.NewWriter(&b)
	case "raw deflate":
		w, _ = flate.NewWriter(&b, 9)
	}
	_, _ = io.WriteString(w, text)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCompressedAnswersAreReadUnderTheSameSizeLimit(t *testing.T) {
	good := document("/me")
	bomb := `{"id":"` + strings.Repeat("x", 10<<20) + `"}`
	at := func(coding string) func(string) []byte {
		return func(text string) []byte { return compressed(t, coding, text) }
	}
	plain := func(text string) []byte { return []byte(text) }
	for name, c := range map[string]struct {
		encoding string
		pack     func(string) []byte
		text     string
		why      string // "": read
	}{
		"gzip":                  {"gzip", at("gzip"), good, ""},
		"x-gzip in capitals":    {"X-GZIP", at("gzip"), good, ""},
		"gzip that is not told": {"", at("gzip"), good, ""},
		"told and not done":     {"gzip", plain, good, ""},
		"told and not done, 2":  {"deflate", plain, " \xef\xbb\xbf" + good, "cannot be decompressed"},
		"deflate":               {"deflate", at("deflate"), good, ""},
		"raw deflate":           {"deflate", at("raw deflate"), good, ""},
		"identity":              {"identity", plain, good, ""},
		"gzip twice":            {"gzip, gzip", func(s string) []byte { return compressed(t, "gzip", string(compressed(t, "gzip", s))) }, good, ""},
		"gzip with a mark":      {"gzip", at("gzip"), "\xef\xbb\xbf" + good, ""},
		"brotli":                {"br", plain, "\x0b\x02\x80{}\x03", "brotli (br)"},
		"zstd":                  {"zstd", plain, "\x28\xb5\x2f\xfd", `Content-Encoding "zstd"`},
		"three times":           {"gzip,gzip,gzip", at("gzip"), good, "more than twice"},
		"a broken gzip":         {"gzip", func(s string) []byte { return compressed(t, "gzip", s)[:60] }, good, "cannot be decompressed"},
		"a gzip bomb":           {"gzip", at("gzip"), bomb, "larger than 128 KiB"},
		"a deflate bomb":        {"deflate", at("raw deflate"), bomb, "larger than 128 KiB"},
	} {
		t.Run(name, func(t *testing.T) {
			var packed []byte
			s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				if c.encoding != "" {
					w.Header().Set("Content-Encoding", c.encoding)
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write(packed)
			})
			packed = c.pack(strings.ReplaceAll(c.text, "SERVER", s.URL)) // before the time limit of the request begins
			got, err := read(t, newClient(t), s.URL+"/me")
			switch {
			case s.requests()[0].Header.Get("Accept-Encoding") != "":
				t.Error("the client asked for it")
			case c.why == "" && (err != nil || got.ID != s.URL+"/me"):
				t.Errorf("got %+v, %v", got, err)
			case c.why != "" && (!errors.Is(err, ErrInvalidAnswer) || !strings.Contains(err.Error(), c.why)):
				t.Errorf("got %v, want %q", err, c.why)
			}
		})
	}
}

func TestACompressedRefusalIsUnderstood(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(400)
		_, _ = w.Write(compressed(t, "gzip", `{"error":{"code":"too_fast"}}`))
	})
	if err := calls["continue"](newClient(t), s.URL); !HasCode(err, CodeTooFast) {
		t.Errorf("got %v", err)
	}
}

// resets answers from the given request on; before, it resets the connection.
func resets(before int, then http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if before--; before < 0 {
			then(w, r)
			return
		}
		conn, _, _ := http.NewResponseController(w).Hijack()
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	}
}

func TestAReadIsRepeatedOnceAfterAConnectionError(t *testing.T) {
	half := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := http.NewResponseController(w).Hijack()
		_, _ = io.WriteString(conn, ok200+"Content-Length: 100\r\n\r\n{")
		_ = conn.Close()
	}
	for name, do := range reads {
		s := newServer(t, resets(1, answer(200, everyAnswer)))
		if err := do(newClient(t), s.URL+"/r/1", "TOKEN"); err != nil && !errors.Is(err, ErrNotPaid) {
			t.Errorf("%s: %v", name, err)
		}
		if n := len(s.requests()); n != 2 {
			t.Errorf("%s was sent %d times, want 2", name, n)
		}
		if a, b := s.requests()[0], s.requests()[1]; a.Header.Get("Signature") == b.Header.Get("Signature") {
			t.Errorf("%s was not signed anew", name)
		}
		for why, handler := range map[string]http.HandlerFunc{"reset": resets(9, nil), "half an answer": half} {
			s = newServer(t, handler)
			if err := do(newClient(t), s.URL+"/r/1", "TOKEN"); err == nil || len(s.requests()) != 2 {
				t.Errorf("%s, %s: %d times, %v", name, why, len(s.requests()), err)
			}
		}
		for _, status := range []int{302, 404, 429, 500, 503} {
			s = newServer(t, answer(status, "{}"))
			if _ = do(newClient(t), s.URL+"/r/1", "TOKEN"); len(s.requests()) != 1 {
				t.Errorf("%s, %d: sent %d times", name, status, len(s.requests()))
			}
		}
	}
	s := newServer(t, resets(1, answer(200, document("/me"))))
	if _, err := read(t, newClient(t), s.URL+"/me"); err != nil || len(s.requests()) != 2 {
		t.Errorf("the wallet address: %d times, %v", len(s.requests()), err)
	}
	s = newServer(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	if _, err := read(t, newClient(t, func(c *Config) { c.Timeout = 100 * time.Millisecond }), s.URL+"/me"); !errors.Is(err, ErrTimeout) || len(s.requests()) != 1 {
		t.Errorf("after a timeout: %d times, %v", len(s.requests()), err)
	}
}

func TestWhatChangesSomethingIsNeverRepeated(t *testing.T) {
	for name, do := range calls {
		s := newServer(t, resets(1, answer(200, everyAnswer)))
		wantClasses(t, do(newClient(t), s.URL), ErrOutcomeUnknown)
		if r := s.only(t); r.Header.Get("Idempotency-Key") != "" || r.Header.Get("X-Idempotency-Key") != "" {
			t.Errorf("%s: carries an Idempotency-Key, for which net/http would repeat it", name)
		}
	}
}

func TestADialIsRepeatedForAReadOnly(t *testing.T) {
	for method, want := range map[string]int{"read": 2, "post": 1} {
		dials := 0
		client := newClient(t, func(c *Config) {
			c.HTTP = &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
				dials++
				return nil, errors.New("refused")
			}}}
		})
		err := calls["continue"](client, "http://wallet.example/")
		if method == "read" {
			dials = 0
			_, err = read(t, client, "http://wallet.example/")
		}
		if !errors.Is(err, ErrNotSent) || dials != want {
			t.Errorf("%s: dialled %d times, want %d: %v", method, dials, want, err)
		}
	}
}
