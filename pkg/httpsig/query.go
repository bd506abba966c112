package httpsig

import (
	"fmt"
	"net/http"
	"strings"
)

// escapeQuery percent-encodes spaces, control characters and non-ASCII characters in
// the query. A URL must not have them (RFC 3986 section 3.4), and they cannot be
// signed. net/http encodes them in a path, but not in a query.
func escapeQuery(r *http.Request) {
	if isVisible(r.URL.RawQuery) {
		return
	}
	var b strings.Builder
	for i := range len(r.URL.RawQuery) {
		if c := r.URL.RawQuery[i : i+1]; isVisible(c) {
			b.WriteString(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	u := *r.URL // it may be shared with other requests
	u.RawQuery = b.String()
	r.URL = &u
}
