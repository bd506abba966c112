package own

import (
	"bytes"
	"io"
	"net/http"
)

// Transport returns what sends requests as next does, and calls errorf for each
// exchange that is not as the description says. Use it for requests to the service
// only.
func Transport(next http.RoundTripper, errorf func(format string, args ...any)) http.RoundTripper {
	return &transport{next, errorf}
}

type transport struct {
	next   http.RoundTripper
	errorf func(format string, args ...any)
}

func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	d, err := Load()
	if err != nil {
		return nil, err
	}
	e := &Exchange{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Header: r.Header.Clone()}
	if r.Body != nil {
		if e.Body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(e.Body))
	}
	answer, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	var broken error // it is for the caller to see
	e.Text, broken = io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	answer.Body = io.NopCloser(io.MultiReader(bytes.NewReader(e.Text), failing{broken}))
	if broken == nil {
		e.Status, e.Answer = answer.StatusCode, answer.Header
		if _, err := d.Check(e); err != nil {
			t.errorf("docs/openapi.yaml: %s %s: %v", e.Method, e.Path, err)
		}
	}
	return answer, nil
}

// CloseIdleConnections closes those of what sends the requests.
func (t *transport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// failing is a reader that ends with an error; nil: with io.EOF.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}
