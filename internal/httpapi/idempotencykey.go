package httpapi

import (
	"net/http"

	"github.com/opgrants/opgrants/internal/grant"
)

// idempotencyKey returns that header of a request, or "" if there is none. It
// refuses a key that it cannot use: to ignore the key would break the promise
// that a retry is safe.
func idempotencyKey(h http.Header) (string, error) {
	values := h.Values(headerIdempotencyKey)
	switch {
	case values == nil:
		return "", nil
	case len(values) > 1:
		return "", invalidKey("Send one Idempotency-Key header.")
	case !isIdempotencyKey(values[0]):
		return "", invalidKey("An Idempotency-Key has 1 to 255 visible ASCII characters and no spaces: a UUID, for example.")
	}
	return values[0], nil
}

func isIdempotencyKey(s string) bool {
	for _, c := range []byte(s) {
		if c < '!' || c > '~' {
			return false
		}
	}
	return 1 <= len(s) && len(s) <= maxIdempotencyKey
}

func invalidKey(detail string) error {
	return &grant.Error{Code: CodeMalformed, Field: headerIdempotencyKey, Detail: detail}
}
