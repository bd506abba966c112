package opclient

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// encodeJSON writes v byte for byte as JavaScript's JSON.stringify does. An
// authorization server digests not the bytes that it received but what it gets
// when it parses and serialises them again; any other spelling of the same JSON
// would not match our Content-Digest.
//
// v must be made of structs, slices, strings and small integers: the order of a
// map's keys and the spelling of floats are other matters. Its strings must be
// valid UTF-8.
func encodeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false) // & < > are literal in JavaScript
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	text := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	return literalSeparators(text), nil
}

// literalSeparators turns \u2028 and \u2029, which encoding/json always escapes,
// into the characters.
func literalSeparators(text []byte) []byte {
	if !bytes.Contains(text, []byte(`\u202`)) {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			out = append(out, text[i])
			continue
		}
		switch rest := text[i:]; {
		case bytes.HasPrefix(rest, []byte(`\u2028`)):
			out = utf8.AppendRune(out, '\u2028')
			i += 5
		case bytes.HasPrefix(rest, []byte(`\u2029`)):
			out = utf8.AppendRune(out, '\u2029')
			i += 5
		default: // the character after the backslash may be one itself
			out = append(out, rest[:2]...)
			i++
		}
	}
	return out
}
