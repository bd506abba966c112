package netguard

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// Options of a [Transport].
type Options struct {
	// InsecureAllowLocal opens http, all ports and addresses that are not public.
	// For development only.
	InsecureAllowLocal bool
	RootCAs            *x509.CertPool   // nil: the system's
	Now                func() time.Time // nil: time.Now
}

// A Transport is an [http.RoundTripper] over HTTP/1.1 that sends each request
// once, on a connection that is new or was in use a moment ago. It does not repeat
// a request that failed, not even if that would be harmless, as the caller signs
// each try anew. The context of a request limits the whole exchange, whatever the
// server answers; the body of a 101 is empty. Close the body of each answer. If it
// was read to its end, the connection is used again.
type Transport struct {
	insecure bool
	dial     *http.Transport // makes connections; its own pool is not used
	idle     pool
}

// NewTransport returns a transport that dials public addresses only.
func NewTransport(o Options) *Transport {
	now := o.Now
	if now == nil {
		now = time.Now
	}
	t := &Transport{insecure: o.InsecureAllowLocal, idle: pool{now: now, limit: maxIdle}}
	dialer := &net.Dialer{Timeout: 10 * time.Second, ControlContext: t.control}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	t.dial = &http.Transport{
		Proxy:                  nil, // not http.ProxyFromEnvironment: a proxy would dial for us, unchecked
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: o.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true, // a caller's limit on the body then limits what is received, too
		Protocols:              &protocols,
	}
	return t
}

// control checks the address that is about to be dialled, after DNS.
func (t *Transport) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	if t.insecure {
		return nil
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return forbidden(fmt.Sprintf("%q is not an address", address))
	}
	if to.Port() != 443 {
		return forbidden(fmt.Sprintf("port %d is not 443", to.Port()))
	}
	if !Public(to.Addr()) {
		return notPublic(to.Addr())
	}
	return nil
}

// RoundTrip sends r. Of an [httptrace.ClientTrace] in its context it calls GetConn,
// GotConn and the functions about dialling. If GotConn was not called, the request
// has reached nobody.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := CheckURL(r.URL, t.insecure); err != nil {
		closeBody(r)
		return nil, err
	}
	conn, err := t.connect(r)
	if err != nil {
		closeBody(r)
		return nil, err
	}
	response, err := conn.RoundTrip(r)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	if response.StatusCode < 200 {
		// The body of a 101 is the connection itself, which no context ends.
		_ = response.Body.Close()
		_ = conn.Close()
		response.Body = http.NoBody
		return response, nil
	}
	response.Body = &body{ReadCloser: response.Body, done: func() { t.idle.put(key(r.URL), conn) }}
	return response, nil
}

func (t *Transport) connect(r *http.Request) (*http.ClientConn, error) {
	trace := httptrace.ContextClientTrace(r.Context())
	if trace != nil && trace.GetConn != nil {
		trace.GetConn(key(r.URL))
	}
	if err := r.Context().Err(); err != nil {
		return nil, context.Cause(r.Context())
	}
	conn := t.idle.take(key(r.URL))
	info := httptrace.GotConnInfo{Reused: conn != nil, WasIdle: conn != nil}
	if conn == nil {
		var err error
		if conn, err = t.dial.NewClientConn(r.Context(), r.URL.Scheme, hostPort(r.URL)); err != nil {
			return nil, err
		}
	}
	if trace != nil && trace.GotConn != nil {
		trace.GotConn(info)
	}
	return conn, nil
}

// CloseIdleConnections closes the connections that carry no request.
func (t *Transport) CloseIdleConnections() { t.idle.closeAll() }

func key(u *url.URL) string { return u.Scheme + "://" + hostPort(u) }

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}
