package httpapi

import "encoding/base64"

// isID reports whether s can be the id of a grant: 16 bytes in base64url. What
// cannot be is not asked of the store.
func isID(s string) bool {
	if len(s) != base64.RawURLEncoding.EncodedLen(16) {
		return false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && len(b) == 16
}
