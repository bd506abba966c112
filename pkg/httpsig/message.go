package httpsig

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// A message is the part of a request that can be signed.
type message struct {
	method string
	scheme string // lower case
	host   string // as in the Host field
	target string // path and query, as in the request line
	header http.Header
	length int64 // of the content; negative: unknown
	sent   bool  // by net/http, which sends the length and not the field Content-Length
}

// outgoing returns the message that net/http sends for r.
func outgoing(r *http.Request) (*message, error) {
	m := &message{
		method: r.Method,
		scheme: strings.ToLower(r.URL.Scheme),
		host:   r.Host,
		target: r.URL.RequestURI(),
		header: r.Header,
		length: r.ContentLength,
		sent:   true,
	}
	if m.method == "" {
		m.method = http.MethodGet
	}
	if m.host == "" {
		m.host = r.URL.Host
	}
	return m, m.check()
}

// received returns the message that a server received as r. It uses the target of the
// request line, because handlers such as [http.StripPrefix] change the URL.
func received(r *http.Request, scheme string) (*message, error) {
	scheme = strings.ToLower(scheme)
	if r.RequestURI == "" { // r was not received by a server
		m, err := outgoing(r)
		if scheme != "" {
			m.scheme = scheme
		}
		return m, err
	}
	m := &message{
		method: r.Method,
		scheme: scheme,
		host:   r.Host,
		target: originForm(r.RequestURI),
		header: r.Header,
		length: r.ContentLength,
	}
	if m.scheme == "" {
		m.scheme = "http"
		if r.TLS != nil {
			m.scheme = "https"
		}
	}
	return m, m.check()
}

// originForm returns the path and query of a request target that is in absolute form
// (RFC 9112 section 3.2.2). It returns other targets unchanged.
func originForm(target string) string {
	u, err := url.ParseRequestURI(target)
	if err != nil || u.Host == "" {
		return target
	}
	return u.RequestURI()
}

// check returns an error if m cannot be signed without doubt about its parts.
func (m *message) check() error {
	switch {
	case m.scheme != "http" && m.scheme != "https":
		return fmt.Errorf("the request's URL must be http or https, and is %q", clip(m.scheme))
	case !isHost(m.host):
		return fmt.Errorf("the request's host must be a name in its ASCII form (xn--…) or an address, and is %q", clip(m.host))
	case !strings.HasPrefix(m.target, "/") || !isVisible(m.target):
		return errors.New("the request's target must be a path and query, percent-encoded")
	case !isFieldName(strings.ToLower(m.method)):
		return errors.New("the request's method is not a token")
	}
	return nil
}

const hostCharacters = "-._~!$&'()*+,;=:[]0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// isHost reports whether s has only the characters of a host and port (RFC 3986
// section 3.2.2). It refuses a percent sign, because net/http removes the zone of an
// IPv6 address.
func isHost(s string) bool {
	return s != "" && strings.Trim(s, hostCharacters) == ""
}

// isVisible reports whether s has only visible ASCII characters, as a target URI has.
func isVisible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// field returns the values of a header field, nil if there are none. net/http keeps
// Host and Content-Length outside of the header.
func (m *message) field(name string) []string {
	values := m.header[http.CanonicalHeaderKey(name)]
	switch {
	case name == "host":
		return []string{m.host}
	case name == "content-length" && (m.sent || values == nil):
		if m.length <= 0 {
			return nil
		}
		return []string{strconv.FormatInt(m.length, 10)}
	}
	return values
}
