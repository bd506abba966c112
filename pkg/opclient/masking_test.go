package opclient

import (
	"bufio"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
)

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

func TestTheCausesThatAnErrorKeeps(t *testing.T) {
	cause := errors.New("a text of the server")
	for _, kept := range []error{
		x509.UnknownAuthorityError{}, &net.DNSError{Name: "w.example"}, syscall.ECONNREFUSED, &net.OpError{Op: "dial", Err: cause},
		&InvalidError{Field: "key"}, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, ErrForbiddenAddress,
	} {
		if got := keptCause(fmt.Errorf("it failed: %w", kept)); !errors.Is(got, kept) {
			t.Errorf("%#v: got %#v", kept, got)
		}
	}
	if got := keptCause(cause); got != nil {
		t.Errorf("got %#v", got)
	}
}

func TestAURLIsShownWithoutItsQueryAndShort(t *testing.T) {
	long := "https://w.example/" + strings.Repeat("a", maxShownURL-len("https://w.example/"))
	for raw, want := range map[string]string{
		"https://w.example/a?b#c": "https://w.example/a",
		"/a?b":                    "(not a URL)",
		"%":                       "(not a URL)",
		long + "?b":               long,
		long + "a":                long + "…",
	} {
		if got := withoutQuery(raw); got != want {
			t.Errorf("%.40s: got %s, want %s", raw, got, want)
		}
	}
}
