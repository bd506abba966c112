package opclient

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// encodeMetadata returns metadata of a caller as JSON, byte for byte as JSON.stringify
// writes it after parsing (see [encodeJSON]): keys that are array indexes come first,
// and numbers are spelled as in JavaScript. It returns an [*InvalidError] for a number
// that JavaScript cannot hold. It returns nil for no metadata.
func encodeMetadata(m map[string]any) (json.RawMessage, error) {
	if len(m) == 0 {
		return nil, nil
	}
	text, err := encodeJSON(m)
	if err != nil {
		return nil, &InvalidError{"metadata", "give only what JSON can hold: " + err.Error()}
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var v any
	_ = decoder.Decode(&v) // which does not fail: it was just written
	return appendMetadata(nil, v)
}

// appendMetadata appends the JSON of v, which a decoder with UseNumber returned.
func appendMetadata(out []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case map[string]any:
		return appendMembers(out, v)
	case []any:
		out = append(out, '[')
		for i, item := range v {
			if i > 0 {
				out = append(out, ',')
			}
			var err error
			if out, err = appendMetadata(out, item); err != nil {
				return nil, err
			}
		}
		return append(out, ']'), nil
	case json.Number:
		return appendNumber(out, v)
	}
	text, err := encodeJSON(v) // a string, true, false or null
	return append(out, text...), err
}

// appendMembers appends the JSON of an object.
func appendMembers(out []byte, members map[string]any) ([]byte, error) {
	out = append(out, '{')
	for i, key := range slices.SortedFunc(maps.Keys(members), compareKeys) {
		if i > 0 {
			out = append(out, ',')
		}
		name, _ := encodeJSON(key) // which does not fail: a text can always be written
		var err error
		if out, err = appendMetadata(append(append(out, name...), ':'), members[key]); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

// compareKeys compares two keys of an object. Array indexes come first, in ascending
// order (ECMA-262 section 10.1.11.1).
func compareKeys(a, b string) int {
	i, iIndex := arrayIndex(a)
	j, jIndex := arrayIndex(b)
	switch {
	case iIndex && jIndex:
		return cmp.Compare(i, j)
	case iIndex:
		return -1
	case jIndex:
		return 1
	}
	return cmp.Compare(a, b)
}

// arrayIndex returns the array index that key is, if it is one: an integer below 2^32-1
// in the spelling of JavaScript (ECMA-262 section 6.1.7).
func arrayIndex(key string) (uint64, bool) {
	n, _ := strconv.ParseUint(key, 10, 32) // 0 if it is no number, 2^32-1 if it is too large
	return n, n < math.MaxUint32 && strconv.FormatUint(n, 10) == key
}

// appendNumber appends a number. Encoding/json spells floats as ECMA-262 does, except
// for -0.
func appendNumber(out []byte, n json.Number) ([]byte, error) {
	f, err := n.Float64()
	whole := !strings.ContainsAny(n.String(), ".eE")
	if err != nil || whole && math.Abs(f) >= 1<<53 { // JavaScript would round it
		return nil, &InvalidError{"metadata", "the number " + clip(n.String(), 40) + " is larger than servers can read; give it as a string"}
	}
	if f == 0 {
		return append(out, '0'), nil
	}
	text, err := json.Marshal(f)
	return append(out, text...), err
}
