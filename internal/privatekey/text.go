package privatekey

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/opgrants/opgrants/internal/pattern"
)

var (
	lineBreak  = strings.NewReplacer("\\\r\n", "", "\\\n", "") // after a backslash
	escape     = pattern.New(`\\+(u[0-9A-Fa-f]{4}|[nrt"'/])`)
	assignment = pattern.New(`^(?:(?:export|declare -x|set|SET|ENV|-e)\s+)?[$]?([A-Za-z_][\w. -]{0,60}?)["']?\s*(?::=|[=:])\s*[|>]?-?\s*`)
	dataURL    = pattern.New(`^data:[\w/.+;=-]*,`)
	openSSL    = pattern.New(`(?s)^(\w+) Private-Key:\s*priv:\s*([0-9a-fA-F:\s]+)pub:\s*([0-9a-fA-F:\s]+)$`)
	hexText    = pattern.New(`^(0[xX])?([0-9A-Fa-f]{2}[:\s]*)+$`)
	filePath   = pattern.New(`^(file://)?[~.]{0,2}[\w./\\: -]*[\w-]\.(pem|key|json|txt|jwk|der|env)$`)
	rooted     = pattern.New(`^([~.]{0,2}/|[A-Za-z]:\\|file:)[\w./\\ -]+$`)
	variable   = pattern.New(`^(\$\{?\w+\}?|\$\(.*\)|\$?\{\{.*\}\}|<[\w -]+>|%\w+%)$`)
)

// parseText reads a key from text of unknown form.
func parseText(text string, depth int) (ed25519.PrivateKey, error) {
	if depth > maxDepth {
		return nil, errUnknown
	}
	text = unquote(text)
	if text == "" {
		return nil, errEmpty
	}
	if strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") {
		if key, err := parseJSON(text, depth); !errors.Is(err, errNotJSON) {
			return key, err
		}
	}
	if isPath(text) {
		return nil, errPath
	}
	if plain := unescape(text); plain != text {
		return parseText(plain, depth+1)
	}
	if pemBegin().MatchString(text) {
		return parsePEM(text)
	}
	if err := nameText(text); err != nil {
		return nil, err
	}
	if at := pemEnd().FindStringIndex(text); at != nil {
		if key, err := parseText(text[:at[0]], depth+1); err == nil {
			return key, nil // only the first line is missing
		}
		return nil, errCutPEM
	}
	if m := openSSL().FindStringSubmatch(text); m != nil {
		return parseOpenSSL(m[1], m[2], m[3])
	}
	if rest := dataURL().ReplaceAllString(text, ""); rest != text {
		return parseText(rest, depth+1)
	}
	if m := assignment().FindStringSubmatch(text); m != nil && len(m[0]) < len(text) {
		if strings.Contains(strings.ToLower(m[1]), "pub") {
			return nil, errPublic
		}
		if m[1] != "" {
			if _, isEncoded := decode(text); !isEncoded {
				return parseText(text[len(m[0]):], depth+1)
			}
		}
	}
	return parseEncoded(text, depth)
}

// parseEncoded reads text that is base64 or hexadecimal, or has one such word.
func parseEncoded(text string, depth int) (ed25519.PrivateKey, error) {
	raw, isEncoded := decode(text)
	if !isEncoded {
		return findEncoded(text)
	}
	key, err := parseBytes(raw, depth+1)
	if errors.Is(err, errBinary) {
		err = wrongLength(len(raw))
	}
	if err != nil && strings.ContainsFunc(text, unicode.IsSpace) {
		if found, notFound := findEncoded(text); !errors.Is(notFound, errUnknown) {
			return found, notFound
		}
	}
	return key, err
}

// isPath reports whether text is the path of a file rather than base64, which
// may have slashes too.
func isPath(text string) bool {
	return filePath().MatchString(text) || len(text) < 40 && rooted().MatchString(text)
}

// nameText names text that is no key and cannot be converted without a tool.
func nameText(text string) error {
	lower := strings.ToLower(text)
	switch {
	case strings.HasPrefix(lower, "putty-user-key-file"):
		return errPuTTY
	case strings.HasPrefix(lower, "age-secret-key-"):
		return errAge
	case strings.HasPrefix(lower, "ssh-ed25519 "), strings.HasPrefix(lower, "ssh-rsa "), strings.HasPrefix(lower, "ecdsa-sha2-"),
		strings.HasPrefix(lower, "sk-ssh-"), strings.HasPrefix(lower, "---- begin ssh2 public"):
		return errPublic
	case variable().MatchString(text):
		return errVariable
	case strings.HasPrefix(text, "arn:aws"):
		return errARN
	}
	return nil
}

// unquote takes white space, byte order marks, quotes and what stands after a
// value in JSON, YAML and source code off both ends. No form of a key begins or
// ends with one of them.
func unquote(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return isInvisible(r) || strings.ContainsRune("\"'`“”‘’„«»,;", r) })
}

// unescape undoes backslashes, however often they were doubled, and the encoding
// of URLs and forms. No form of a key has a backslash or a percent sign in it.
func unescape(text string) string {
	text = lineBreak.Replace(text)
	text = escape().ReplaceAllStringFunc(text, func(s string) string {
		s = strings.TrimLeft(s, `\`)
		switch s[0] {
		case 'n', 'r':
			return "\n"
		case 't':
			return " "
		case 'u':
			r, err := strconv.ParseInt(s[1:], 16, 32)
			if err != nil {
				return ""
			}
			return string(rune(r))
		}
		return s
	})
	if !strings.Contains(text, "%") {
		return text
	}
	decode := url.PathUnescape
	if strings.Contains(text, "BEGIN+") {
		decode = url.QueryUnescape // a form writes a space as +, and + as %2B
	}
	if plain, err := decode(text); err == nil {
		return plain
	}
	return text
}

// decode decodes hexadecimal, base64 or base64url, padded or not, over several
// lines or not.
func decode(text string) ([]byte, bool) {
	if hexText().MatchString(text) {
		digits := withoutSpace(strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(text), "0x"), ":", ""))
		if n := len(digits); n == 2*ed25519.SeedSize || n == 2*ed25519.PrivateKeySize || n%2 == 0 && n > 90 && strings.HasPrefix(digits, "30") {
			raw, err := hex.DecodeString(digits)
			return raw, err == nil
		}
	}
	return decodeBase64(text)
}

func decodeBase64(text string) ([]byte, bool) {
	text = strings.TrimRight(withoutSpace(text), "=")
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(text, "-_") {
		encoding = base64.RawURLEncoding
	}
	raw, err := encoding.DecodeString(text)
	return raw, err == nil
}

// findEncoded looks for the one word of a text that can be nothing but a private
// key: a seed alone could as well be a public key.
func findEncoded(text string) (ed25519.PrivateKey, error) {
	var found ed25519.PrivateKey
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`"',;:<>()`, r) }) {
		if word = assignment().ReplaceAllString(word, ""); len(word) < 60 {
			continue
		}
		raw, ok := decode(word)
		if !ok || len(raw) == ed25519.SeedSize {
			continue
		}
		key, err := parseBytes(raw, maxDepth)
		switch {
		case err != nil:
		case found != nil && !found.Equal(key):
			return nil, errTwoKeys
		default:
			found = key
		}
	}
	if found == nil {
		return nil, errUnknown
	}
	return found, nil
}

// parseOpenSSL reads what `openssl pkey -text` prints.
func parseOpenSSL(algorithm, private, public string) (ed25519.PrivateKey, error) {
	if !strings.EqualFold(algorithm, "ed25519") {
		return nil, wrongKind("another algorithm than Ed25519")
	}
	seed, ok := decode(strings.TrimSpace(private))
	x, okX := decode(strings.TrimSpace(public))
	if !ok || !okX || len(seed) != ed25519.SeedSize {
		return nil, errUnknown
	}
	return agrees(ed25519.NewKeyFromSeed(seed), x)
}

// isInvisible reports whether r is white space, a byte order mark or a zero-width
// space.
func isInvisible(r rune) bool {
	return unicode.IsSpace(r) || r == '\ufeff' || r == '\u200b' || r == '\u200c' || r == '\u200d' || r == '\u2060' || r == '\u00ad'
}

func withoutSpace(text string) string {
	return strings.Map(func(r rune) rune {
		if isInvisible(r) {
			return -1
		}
		return r
	}, text)
}
