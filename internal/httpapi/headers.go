package httpapi

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Names of headers that net/http has no constant for.
const (
	headerAllow              = "Allow"
	headerAuthorization      = "Authorization"
	headerContentLength      = "Content-Length"
	headerContentType        = "Content-Type"
	headerContentEncoding    = "Content-Encoding"
	headerIdempotencyKey     = "Idempotency-Key"
	headerIdempotentReplayed = "Idempotent-Replayed"
	headerLocation           = "Location"
	headerPrefer             = "Prefer"
	headerPreferenceApplied  = "Preference-Applied"
	headerPolicy             = "Content-Security-Policy"
	headerRefresh            = "Refresh"
	headerRetryAfter         = "Retry-After"
	headerChallenge          = "WWW-Authenticate"
)

// Media types of answers.
const (
	typeJSON    = "application/json"
	typeProblem = "application/problem+json"
	typePage    = "text/html; charset=utf-8"
)

// setCommonHeaders sets the headers that every answer has: nobody stores it, no
// page that follows learns its URL, and no browser guesses its type.
func setCommonHeaders(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
}

// urlHeader returns a URL as a header may have it: everything that is not visible
// ASCII is percent-encoded (RFC 3986 section 2.1), as API Gateway and browsers
// read other bytes differently. What is encoded already stays as it is.
func urlHeader(url string) string {
	var b strings.Builder
	for _, c := range []byte(url) {
		if c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			const digits = "0123456789ABCDEF"
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}

// setRetryAfter asks for a pause. 0 asks for none.
func setRetryAfter(h http.Header, d time.Duration) {
	if d > 0 {
		h.Set(headerRetryAfter, seconds(min(d, maxRetryAfter)))
	}
}

// seconds returns d in whole seconds, rounded up.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
