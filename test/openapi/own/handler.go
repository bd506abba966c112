package own

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
)

// Handler returns a handler that answers as next does, and calls report with each
// exchange once it is over, with what is wrong with it.
func Handler(next http.Handler, report func(e *Exchange, seen Seen, err error)) http.Handler {
	return observe(next, func(d *Description, e *Exchange) {
		seen, err := d.Check(e)
		report(e, seen, err)
	})
}

func observe(next http.Handler, look func(*Description, *Exchange)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := &bytes.Buffer{}
		e := &Exchange{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Header: r.Header.Clone()}
		if r.Body != nil {
			r.Body = &recorded{Reader: io.TeeReader(r.Body, body), Closer: r.Body}
		}
		answer := &recorder{ResponseWriter: w}
		next.ServeHTTP(answer, r)
		e.Body, e.Status, e.Answer, e.Text = body.Bytes(), answer.status, w.Header().Clone(), answer.text.Bytes()
		d, err := Load()
		if err != nil {
			panic(err)
		}
		look(d, e)
	})
}

// Errors returns a handler that answers as next does, and calls errorf for each
// exchange that is not as the description says. The errorf of a test does.
func Errors(next http.Handler, errorf func(format string, args ...any)) http.Handler {
	return Handler(next, func(e *Exchange, _ Seen, err error) {
		if err != nil {
			errorf("docs/openapi.yaml: %s %s: %v", e.Method, e.Path, err)
		}
	})
}

// Forms returns a handler that answers as next does, and calls errorf for each answer
// whose form no operation has. See [Description.CheckForm].
func Forms(next http.Handler, errorf func(format string, args ...any)) http.Handler {
	return observe(next, func(d *Description, e *Exchange) {
		if err := d.CheckForm(e); err != nil {
			errorf("docs/openapi.yaml: %s %s: %v", e.Method, e.Path, err)
		}
	})
}

// Proxy returns a handler that passes each request on to the process at target, and
// checks the exchange as [Errors] does. If the process does not answer, or the client
// leaves, it breaks the connection: there is no answer to check.
func Proxy(target *url.URL, errorf func(format string, args ...any)) http.Handler {
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
	}, ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }}
	return Errors(proxy, errorf)
}

type recorded struct {
	io.Reader
	io.Closer
}

// A recorder keeps what is written.
type recorder struct {
	http.ResponseWriter
	status int
	text   bytes.Buffer
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.text.Write(b)
	return w.ResponseWriter.Write(b)
}

// Unwrap lets the server set deadlines.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
