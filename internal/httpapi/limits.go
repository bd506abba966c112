package httpapi

import "time"

// Limits of sizes.
const (
	maxBody           = 16 << 10 // bytes; several times the longest sensible request
	maxText           = 2000     // characters of a text in a request, such as a URL
	maxToken          = 8000     // characters of a text in a token request: an access token may be a JWT
	maxIdempotencyKey = 255      // characters
	maxParameter      = 1000     // bytes of a parameter of a query
	maxEcho           = 100      // characters of the caller's text that an error repeats
	maxDetail         = 1000     // characters of a problem's detail
	maxUpstream       = 500      // characters of a wallet's code or description that a problem passes on
)

// Limits of times.
const (
	defaultWait    = 5 * time.Second  // for a payment's end, if Prefer has no wait
	maxWait        = 15 * time.Second // whatever wait Prefer has
	afterTimeout   = 5 * time.Second  // that a 504 asks for, if the wallet asked for nothing
	maxRetryAfter  = time.Hour        // that an answer asks for, whatever a wallet says
	prefetchReload = time.Second      // until a page that was prefetched loads again
	maxReloadPause = 10 * time.Second // by which a page's pauses grow
	maxReloads     = 20               // of one page by itself: about three minutes
)

// truncate returns the first limit characters of s.
func truncate(s string, limit int) string {
	if len(s) <= limit { // bytes: no fewer than the characters
		return s
	}
	if r := []rune(s); len(r) > limit {
		return string(r[:limit]) + "…"
	}
	return s
}
