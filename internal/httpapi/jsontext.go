package httpapi

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// checkText refuses what is not one JSON text in UTF-8, and what [encoding/json]
// would mend silently: invalid UTF-8 and half a surrogate pair, for both of
// which it writes U+FFFD.
func checkText(body []byte) error {
	if len(body) == 0 {
		return malformed("", "is empty; it must be a JSON object")
	}
	if !utf8.Valid(body) {
		return malformed("", "is not valid UTF-8")
	}
	var text json.RawMessage
	if err := json.Unmarshal(body, &text); err != nil {
		return malformed("", "is not JSON: "+err.Error())
	}
	if hasLoneSurrogate(body) {
		return malformed("", `has half a surrogate pair, like \ud800, in a string`)
	}
	return nil
}

// hasLoneSurrogate looks for \u escapes in a valid JSON text.
func hasLoneSurrogate(text []byte) bool {
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 {
			return false
		}
		text = text[i:]
		first, ok := escapedUnit(text)
		if !ok {
			text = text[2:] // a backslash is followed by at least one character
			continue
		}
		text = text[6:]
		if !utf16.IsSurrogate(first) {
			continue
		}
		second, _ := escapedUnit(text) // 0 for anything else, which is no half
		if utf16.DecodeRune(first, second) == utf8.RuneError {
			return true
		}
		text = text[6:]
	}
}

// escapedUnit is the UTF-16 code unit that text starts with an escape of.
func escapedUnit(text []byte) (rune, bool) {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	return rune(unit), err == nil
}
