package lambdahttp

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"strings"
)

type eventKey struct{}

var (
	errBody   = errors.New("its body is not base64, although the event says so")
	errMethod = errors.New("its method is not valid")
)

// newRequest returns the request that the event describes. The errors repeat
// nothing of the event.
func newRequest(ctx context.Context, e *event) (*http.Request, error) {
	body := []byte(e.Body)
	if e.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(e.Body); err != nil {
			return nil, errBody
		}
	}
	r, err := http.NewRequestWithContext(context.WithValue(ctx, eventKey{}, e), e.RequestContext.HTTP.Method, "/", bytes.NewReader(body))
	if err != nil {
		return nil, errMethod
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
