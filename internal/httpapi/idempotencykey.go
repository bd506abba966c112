package httpapi

import (
	"net/http"

	"github.com/opgrants/opgrants/internal/grant"
)

const maxIdempotencyKey = 255 // characters

// idempotencyKey is that header of a request, or "" without one. To ignore a key
// that is not understood would break the promise that a retry is safe.
func idempotencyKey(h http.Header) (string, error) {
	values := h.Values("Idempotency-Key")
	switch {
	case values == nil:
		return "", nil
	case len(values) > 1:
		return "", badKey("Send one Idempotency-Key header.")
	case !isIdempotencyKey(values[0]):
		return "", badKey("An Idempotency-Key has 1 to 255 visible ASCII characters, and no spaces: a UUID, for example.")
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

func badKey(detail string) error {
	return &grant.Error{Code: codeMalformed, Field: "Idempotency-Key", Detail: detail}
}
