package httpapi

import "encoding/base64"

// isID reports whether s has the form of an id: 16 bytes in base64url,
// spelled in the one canonical way. The store is not asked for anything else.
func isID(s string) bool {
	if len(s) != base64.RawURLEncoding.EncodedLen(16) {
		return false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && len(b) == 16
}
