package opclient

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// encodeJSON returns v as JSON, byte for byte as JSON.stringify of JavaScript writes
// it. An authorization server parses a body, serializes it again, and computes the
// digest of the result. If our spelling differs, the Content-Digest does not match.
//
// v must consist of structs, slices, strings and small integers, as encoding/json
// orders the keys of a map and writes some floats differently: see [encodeMetadata].
// The strings must be valid UTF-8.
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

// literalSeparators replaces the escapes \u2028 and \u2029, which encoding/json always
// writes, by the characters. The result is in the memory of text.
func literalSeparators(text []byte) []byte {
	out := text[:0] // which never overtakes i: the characters are shorter than the escapes
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
		default: // copy both, as the second one can be a backslash too
			out = append(out, rest[:2]...)
			i++
		}
	}
	return out
}
