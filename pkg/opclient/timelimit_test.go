package opclient

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestTheTimeLimitHoldsForTheWholeExchange(t *testing.T) {
	t.Parallel()
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
