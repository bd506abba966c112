// Package random makes the unguessable values of both servers.
package random

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
)

// hexOf returns n random bytes in upper-case hexadecimal digits, as the reference
// implementation writes them.
func hexOf(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails: it ends the program instead
	return strings.ToUpper(hex.EncodeToString(b))
}

// Token returns the value of a new access token.
func Token() string { return hexOf(10) }

// Nonce returns a new nonce for an interaction.
func Nonce() string { return hexOf(8) }

// UUID returns a new version 4 UUID (RFC 9562 section 5.4).
func UUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// IsUUID reports whether text has the form of a UUID.
func IsUUID(text string) bool { return uuid.MatchString(text) }
