package opclient

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter limits [Error.RetryAfter].
const maxRetryAfter = time.Hour

// retryAfter reads Retry-After: seconds or a date (RFC 9110 section 10.2.3). A
// date counts from the server's own clock if the answer has a Date. It is 0
// without the header, and for what cannot be read.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if allDigits(value) {
		seconds, err := strconv.ParseUint(value, 10, 31)
		if err != nil {
			return maxRetryAfter
		}
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if server := date(h); !server.IsZero() {
		now = server
	}
	return min(max(0, at.Sub(now)), maxRetryAfter)
}

// date reads the Date header; the zero time if there is none.
func date(h http.Header) time.Time {
	t, _ := http.ParseTime(h.Get("Date"))
	return t
}
