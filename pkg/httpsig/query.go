package httpsig

import (
	"fmt"
	"net/http"
	"strings"
)

// escapeQuery percent-encodes spaces, controls and non-ASCII in the query.
// net/http encodes those of a path, but sends a query as it is, which is no URL
// (RFC 3986 section 3.4) and could not be signed.
func escapeQuery(r *http.Request) {
	if isVisible(r.URL.RawQuery) {
		return
	}
	var b strings.Builder
	for i := range len(r.URL.RawQuery) {
		if c := r.URL.RawQuery[i]; c <= ' ' || c > '~' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	u := *r.URL // it may be shared with other requests
	u.RawQuery = b.String()
	r.URL = &u
}
