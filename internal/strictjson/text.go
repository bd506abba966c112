package strictjson

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// checkText accepts one JSON text in UTF-8. It refuses what [encoding/json]
// repairs without a word: invalid UTF-8 and half a surrogate pair, for both of
// which it writes U+FFFD.
func checkText(text []byte) error {
	if len(text) == 0 {
		return fault("", "is empty; it must be a JSON object")
	}
	if !utf8.Valid(text) {
		return fault("", "is not valid UTF-8")
	}
	var whole json.RawMessage
	if err := json.Unmarshal(text, &whole); err != nil {
		return fault("", "is not JSON: "+err.Error())
	}
	if hasLoneSurrogate(text) {
		return fault("", `has half a surrogate pair, like \ud800, in a string`)
	}
	return nil
}

// hasLoneSurrogate reports whether a valid JSON text has a \u escape that is only
// half of a surrogate pair (RFC 8259 section 8.2).
func hasLoneSurrogate(text []byte) bool {
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 {
			return false
		}
		text = text[i:]
		first, ok := escapedUnit(text)
		if !ok {
			text = text[2:] // at least one character follows a backslash
			continue
		}
		text = text[6:]
		if !utf16.IsSurrogate(first) {
			continue
		}
		second, _ := escapedUnit(text) // 0 if there is no escape, which is no surrogate
		if utf16.DecodeRune(first, second) == utf8.RuneError {
			return true
		}
		text = text[6:]
	}
}

// escapedUnit returns the UTF-16 code unit of the \u escape at the start of text.
func escapedUnit(text []byte) (unit rune, ok bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	parsed, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(parsed), err == nil
}
