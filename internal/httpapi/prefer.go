package httpapi

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// preferredWait returns how long the caller prefers to wait for a payment's end:
// the wait of Prefer (RFC 7240 section 4.3), maxWait at most. preferred reports
// whether there is one; a preference that cannot be read is ignored, as section 2
// says.
func preferredWait(h http.Header) (wait time.Duration, preferred bool) {
	for _, header := range h.Values(headerPrefer) {
		for preference := range strings.SplitSeq(header, ",") {
			preference, _, _ = strings.Cut(preference, ";")
			name, value, _ := strings.Cut(preference, "=")
			if !strings.EqualFold(strings.TrimSpace(name), "wait") {
				continue
			}
			// "If any preference is specified more than once, only the first instance
			// is to be considered."
			n, err := strconv.ParseUint(strings.Trim(strings.TrimSpace(value), `"`), 10, 31)
			if err != nil {
				return defaultWait, false
			}
			return min(time.Duration(n)*time.Second, maxWait), true
		}
	}
	return defaultWait, false
}
