package journal

import (
	"net/http"
	"net/url"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/recorder"
)

// Transport records the requests of from to the server to, and sends them through base,
// with their tag if to is the service.
func (j *Journal) Transport(from, to string, base http.RoundTripper) http.RoundTripper {
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		tag := j.begin(from, tagOf(r.Context()))
		send := base
		if to == Service {
			send = roundTripper(func(r *http.Request) (*http.Response, error) {
				r = r.Clone(r.Context())
				tag.write(r.Header)
				return base.RoundTrip(r)
			})
		}
		t := recorder.Transport{Base: send, Mask: &j.Mask, Record: func(x recorder.Exchange) { j.add(Entry{x, from, to, tag}) }}
		return t.RoundTrip(r)
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Handler records the requests of from to the server to, which browsers know as base.
func (j *Journal) Handler(from, to string, base *url.URL, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(With(r.Context(), j.begin(from, j.expectedTag(r.URL.Path))))
		h := recorder.Handler{Next: next, Base: base, Mask: &j.Mask, Record: func(x recorder.Exchange) {
			j.add(Entry{x, from, to, tagOf(r.Context())})
		}}
		h.ServeHTTP(w, r)
	})
}

// PassOn gives next the tags of the shop's requests, so that what it sends for them has
// the same ones. The shop records these requests itself.
func PassOn(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if tag := readTag(r.Header); tag != (Tag{}) {
			r = r.WithContext(With(r.Context(), tag))
		}
		next.ServeHTTP(w, r)
	})
}
