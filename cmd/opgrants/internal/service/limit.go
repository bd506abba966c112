package service

import (
	"net/http"
	"strings"
	"time"

	"github.com/opgrants/opgrants/internal/grant"
	"github.com/opgrants/opgrants/internal/httpapi"
)

// DefaultMaxRequests is [Options].MaxRequests when that is 0. A finish may wait for
// its wallet for 28 s, so that there are many at the same time, and each request
// needs some 50 KB.
const DefaultMaxRequests = 256

// limitRequests answers with next, and with 503 at once while next has max requests
// under way. A person, who comes back from a wallet, gets a page that loads again by
// itself.
func limitRequests(next http.Handler, max int) http.Handler {
	running := make(chan struct{}, max)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case running <- struct{}{}:
			defer func() { <-running }()
			next.ServeHTTP(w, r)
			return
		default:
		}
		refuse := httpapi.WriteProblem
		if strings.HasSuffix(r.URL.Path, "/finish") {
			refuse = httpapi.WritePage
		}
		refuse(w, r, errTooManyRequests)
	})
}

// errTooManyRequests asks to try again soon: most requests take less than a second.
var errTooManyRequests = &grant.Error{Code: grant.CodeBusy, RetryAfter: 2 * time.Second,
	Detail: "Too many requests are under way. Nothing was done: send this one again."}
