package lambdahttp

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

type eventKey struct{}

// newRequest is the request that the event describes.
func newRequest(ctx context.Context, e *event) (*http.Request, error) {
	if e.Version != "2.0" || e.RequestContext.HTTP.Method == "" {
		return nil, errors.New("not an event of an API Gateway HTTP API: set the integration's PayloadFormatVersion to 2.0")
	}
	body := []byte(e.Body)
	if e.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
			return nil, fmt.Errorf("the event's body is not base64: %w", err)
		}
	}
	r, err := http.NewRequestWithContext(context.WithValue(ctx, eventKey{}, e), e.RequestContext.HTTP.Method, "/", bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("the event's request: %w", err)
	}
	r.GetBody = nil // this is a server's request
	r.URL = requestURL(e)
	r.RequestURI = r.URL.RequestURI()
	for name, value := range e.Headers {
		r.Header.Set(name, value)
	}
	if len(e.Cookies) > 0 {
		r.Header.Set("Cookie", strings.Join(e.Cookies, "; "))
	}
	r.Host = r.Header.Get("Host")
	r.Header.Del("Host") // as net/http's server does
	if r.Host == "" {
		r.Host = e.RequestContext.DomainName
	}
	r.RemoteAddr = net.JoinHostPort(e.RequestContext.HTTP.SourceIP, "0")
	for name, value := range e.PathParameters {
		r.SetPathValue(name, value)
	}
	return r, nil
}

// requestURL is the event's path and query. A stage that has a name is the first
// segment of the path, though no route knows it.
func requestURL(e *event) *url.URL {
	raw := e.RawPath
	if stage := "/" + e.RequestContext.Stage; stage != "/" && stage != "/$default" {
		if rest, ok := strings.CutPrefix(raw, stage); ok && (rest == "" || rest[0] == '/') {
			raw = rest
		}
	}
	if raw == "" {
		raw = "/"
	}
	path, err := url.PathUnescape(raw)
	if err != nil { // it came decoded
		path = raw
	}
	return &url.URL{Path: path, RawPath: raw, RawQuery: e.RawQueryString}
}
