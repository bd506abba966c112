package cli

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/opgrants/opgrants/internal/config"
)

const hidden = "(value not shown)"

// ShowValue is a value as an error may repeat it: a URL without user, password,
// query and fragment, and nothing that may be a secret given in the wrong place.
func ShowValue(s string) string {
	const longest = 200
	switch {
	case config.LooksLikeKey(s):
		return config.Describe(s)
	case IsKeyText(s), len(s) > longest, strings.ContainsAny(s, "\r\n"), IsOpaque(s, longestWord+1), strings.HasPrefix(s, "eyJ"): // a JWT
		return hidden
	case !strings.ContainsAny(s, "@?#") && (isPlainWord(s) || strings.ContainsAny(s, "/:. ")):
		return s
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return hidden
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}

// longestWord is in characters.
const longestWord = 20

// isPlainWord reports whether s is a word or a number, not a mixture as tokens are.
func isPlainWord(s string) bool {
	letters := strings.ContainsFunc(s, unicode.IsLetter)
	const shortToken = 8
	return len(s) < shortToken || len(s) <= longestWord && !(letters && strings.ContainsFunc(s, unicode.IsDigit))
}

// IsOpaque reports whether s has minLength characters or more, all of base64 or
// hexadecimal, and fewer slashes than a path of that length: a key or a token.
func IsOpaque(s string, minLength int) bool {
	const base64Characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_="
	s = strings.Trim(s, "\"' ")
	return len(s) >= minLength && strings.Trim(s, base64Characters) == "" &&
		(strings.Count(s, "/") <= len(s)/16 || strings.HasSuffix(s, "="))
}

// IsKeyText reports whether s has the marks of a private key: of PEM, of a JWK or
// of OpenSSH.
func IsKeyText(s string) bool {
	trimmed := strings.Trim(s, "\"' \t\r\n\ufeff")
	return strings.Contains(s, "-----BEGIN") || strings.Contains(s, "PRIVATE KEY") ||
		strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "ssh-")
}

// HideValues replaces in a message each of these values, which may be secrets, also
// as they are quoted or in lower case.
func HideValues(message string, values []string) string {
	const shortest = 4 // a shorter one is no secret, and may be part of any word
	for _, v := range values {
		for _, form := range append(urlSecrets(v), v, strings.Trim(strconv.Quote(v), `"`)) {
			if len(form) >= shortest && form != "true" && form != "false" {
				message = regexp.MustCompile("(?i)"+regexp.QuoteMeta(form)).ReplaceAllLiteralString(message, hidden)
			}
		}
	}
	return message
}

// urlSecrets are the parts of a URL that may be secrets.
func urlSecrets(s string) []string {
	u, err := url.Parse(s)
	if err != nil {
		return nil
	}
	parts := []string{u.RawQuery, u.Fragment}
	if u.User != nil {
		parts = append(parts, u.User.String())
	}
	return parts
}
