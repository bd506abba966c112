package recorder

import (
	"net/http"
	"net/url"
	"time"
)

// A Handler records the requests that browsers send to Next, without bodies, which are
// pages.
type Handler struct {
	Next   http.Handler
	Base   *url.URL // of Next, as browsers see it
	Mask   *Mask
	Record func(Exchange) // called once per request, after its answer
}

// ServeHTTP answers as Next does.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := *r.URL
	at.Scheme, at.Host = h.Base.Scheme, h.Base.Host
	x := Exchange{Start: time.Now(), Method: r.Method, URL: h.Mask.URL(&at), RequestHeader: h.Mask.fields(r.Header)}
	signed := r.Clone(r.Context())
	signed.URL = &at
	x.Signed = h.Mask.signatureBaseLines(signed)
	seen := &statusWriter{ResponseWriter: w, status: http.StatusOK}
	h.Next.ServeHTTP(seen, r)
	x.Status, x.AnswerHeader, x.Took = seen.status, h.Mask.fields(w.Header()), time.Since(x.Start)
	h.Record(x)
}

// A statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
