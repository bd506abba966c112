package lambdahttp

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"strings"
	"unicode/utf8"
)

// A response is what API Gateway turns into an HTTP response.
type response struct {
	StatusCode      int               `json:"statusCode"`
	Headers         map[string]string `json:"headers"`
	Cookies         []string          `json:"cookies,omitempty"` // each is one Set-Cookie header
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
}

// A recorder is an http.ResponseWriter that keeps what is written.
type recorder struct {
	header http.Header
	sent   http.Header // header as it was when the status was written
	status int
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status != 0 || status < 200 { // API Gateway passes on no informational responses
		return
	}
	w.status, w.sent = status, w.header.Clone()
}

func (w *recorder) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

// response returns what was written. A body that is text is not encoded, so that
// a person can read it in a console or a log.
func (w *recorder) response() *response {
	w.WriteHeader(http.StatusOK)
	r := &response{StatusCode: w.status, Headers: make(map[string]string, len(w.sent)), Cookies: w.sent.Values("Set-Cookie")}
	for name, values := range w.sent {
		if name != "Set-Cookie" {
			r.Headers[name] = strings.Join(values, ", ") // RFC 9110 section 5.3
		}
	}
	if _, ok := w.sent["Content-Type"]; !ok && w.body.Len() > 0 {
		r.Headers["Content-Type"] = http.DetectContentType(w.body.Bytes())
	}
	if utf8.Valid(w.body.Bytes()) {
		r.Body = w.body.String()
	} else {
		r.Body, r.IsBase64Encoded = base64.StdEncoding.EncodeToString(w.body.Bytes()), true
	}
	return r
}
