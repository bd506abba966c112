package httpsig

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
)

// What is written here is the canonical form of a structured field (RFC 9651 section 4.1).
// This package writes strings, numbers and bytes only, and does so on every request: it
// does not build the values of a library before.

// inputValue returns the value of a Signature-Input member: the covered components in
// their order, and the parameters in the order created, expires, keyid, nonce, tag.
func inputValue(components []string, p params) (string, error) {
	b := make([]byte, 0, 384)
	b = append(b, '(')
	for i, c := range components { // which are of letters that need no escape: see isComponent
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(append(append(b, '"'), c...), '"')
	}
	b = append(b, ')')
	if !p.Created.IsZero() {
		b = strconv.AppendInt(append(b, ";created="...), p.Created.Unix(), 10)
	}
	if !p.Expires.IsZero() {
		b = strconv.AppendInt(append(b, ";expires="...), p.Expires.Unix(), 10)
	}
	for _, s := range [...]struct{ name, value string }{{";keyid=", p.KeyID}, {";nonce=", p.Nonce}, {";tag=", p.Tag}} {
		if s.value == "" {
			continue
		}
		var err error
		if b, err = appendString(append(b, s.name...), s.value); err != nil {
			return "", fmt.Errorf("keyid, nonce and tag must be printable ASCII: %w", err)
		}
	}
	return string(b), nil
}

// appendString appends a string (RFC 9651 section 4.1.6).
func appendString(b []byte, s string) ([]byte, error) {
	b = append(b, '"')
	for _, c := range []byte(s) {
		switch {
		case c < ' ' || c > '~':
			return nil, errors.New("a string has another character")
		case c == '"', c == '\\':
			b = append(b, '\\')
		}
		b = append(b, c)
	}
	return append(b, '"'), nil
}

// binaryField returns a Dictionary with one byte sequence (RFC 9651 section 4.1.8).
func binaryField(key string, value []byte) string {
	b := make([]byte, 0, 128)
	b = append(append(b, key...), "=:"...)
	b = base64.StdEncoding.AppendEncode(b, value)
	return string(append(b, ':'))
}

// isKey reports whether s can be the key of a Dictionary member (RFC 9651 section 3.1.2).
func isKey(s string) bool {
	for i, c := range []byte(s) {
		switch {
		case c >= 'a' && c <= 'z', c == '*':
		case i > 0 && (c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return s != ""
}
