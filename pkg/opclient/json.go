package opclient

import (
	"bytes"
	"encoding/json"
	"strings"
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
	text := strings.TrimSuffix(b.String(), "\n")
	return []byte(separators.Replace(text)), nil
}

// separators replaces the escapes \u2028 and \u2029, which encoding/json always writes, by
// the characters. It passes over a backslash that is escaped.
var separators = strings.NewReplacer(`\\`, `\\`, `\u2028`, "\u2028", `\u2029`, "\u2029")
