package opclient

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter limits [Error.RetryAfter].
const maxRetryAfter = time.Hour

// retryAfter reads Retry-After: seconds or a date (RFC 9110 section 10.2.3). A
// date counts from the server's own clock if the answer has a Date. Of several the
// longest counts. It is 0 without the header, and for what cannot be read.
func retryAfter(h http.Header, now time.Time) (longest time.Duration) {
	if server := date(h); !server.IsZero() {
		now = server
	}
	for _, value := range h.Values("Retry-After") {
		value = strings.Trim(value, " \t\"")
		at, _ := http.ParseTime(value) // what is no date is long ago
		longest = max(longest, at.Sub(now))
		for part := range strings.SplitSeq(value, ",") { // some proxies join two headers
			longest = max(longest, delay(strings.TrimSpace(part)))
		}
	}
	return min(longest, maxRetryAfter)
}

// delay reads a number of seconds, which some servers write with decimals or with
// a unit.
func delay(text string) time.Duration {
	text = strings.TrimSpace(strings.TrimRight(strings.ToLower(text), "second"))
	whole, fraction, _ := strings.Cut(text, ".")
	if !allDigits(whole) || strings.Trim(fraction, "0123456789") != "" {
		return 0
	}
	seconds, _ := strconv.ParseFloat(text, 64) // infinite if it is too large
	return time.Duration(math.Ceil(min(seconds, maxRetryAfter.Seconds()))) * time.Second
}

// date reads the Date header; the zero time if there is none.
func date(h http.Header) time.Time {
	t, _ := http.ParseTime(h.Get("Date"))
	return t
}
