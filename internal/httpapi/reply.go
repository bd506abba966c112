package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
)

// A reply is a whole answer. A handler returns it before anything is written, so
// a failure never follows half an answer.
type reply struct {
	status int
	header http.Header
	body   []byte

	// For the log.
	id      string // of a grant that was made
	payment string // id of a payment that was made
	code    string // of a problem
	err     error  // its cause
}

func jsonReply(status int, v any) (*reply, error) {
	body, err := encode(v)
	if err != nil {
		return nil, err
	}
	return &reply{status: status, body: body, header: http.Header{headerContentType: {typeJSON}}}, nil
}

func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // browsers never read it as HTML: see setCommonHeaders
	err := e.Encode(v)
	return b.Bytes(), err
}

func (a *reply) write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	for name, values := range a.header {
		h[name] = values
	}
	setCommonHeaders(h)
	if at := h.Get(headerLocation); at != "" {
		h.Set(headerLocation, urlHeader(at))
	}
	if a.status != http.StatusNoContent { // RFC 9110 section 8.6
		h.Set(headerContentLength, strconv.Itoa(len(a.body)))
	}
	w.WriteHeader(a.status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(a.body) // an error means that the caller has gone
	}
}
