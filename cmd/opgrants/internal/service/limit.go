package service

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/pages"
)

// DefaultMaxRequests is [Options].MaxRequests when that is 0. A finish may wait for
// its wallet for 28 s, so that there are many at the same time, and each request
// needs some 50 KB.
const DefaultMaxRequests = 256

// retryAfter is in seconds. Most requests take less than one.
const retryAfter = 2

// limitRequests answers with next, and with 503 at once while next has max requests
// under way.
func limitRequests(next http.Handler, max int) http.Handler {
	running := make(chan struct{}, max)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case running <- struct{}{}:
			defer func() { <-running }()
			next.ServeHTTP(w, r)
		default:
			refuseBusy(w, r)
		}
	})
}

// refuseBusy says that nothing was done. A person, who comes back from a wallet,
// gets a page that loads again by itself.
func refuseBusy(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Retry-After", strconv.Itoa(retryAfter))
	var body []byte
	if strings.HasSuffix(r.URL.Path, "/finish") {
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", pages.Policy())
		h.Set("Refresh", strconv.Itoa(retryAfter))
		body = pages.Problem(grant.CodeBusy, pages.View{Reloads: true})
	} else {
		h.Set("Content-Type", "application/problem+json")
		body, _ = json.Marshal(map[string]any{ // texts and a number: cannot fail
			"type":  "https://github.com/opgrants/opgrants/blob/main/docs/problems.md#" + grant.CodeBusy,
			"title": "The service is busy", "status": http.StatusServiceUnavailable, "code": grant.CodeBusy,
			"detail": "Too many requests are under way. Nothing was done: send this one again.",
		})
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusServiceUnavailable)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the caller has gone
	}
}
