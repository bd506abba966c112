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

// encodeMetadata writes what the caller gave as JSON.stringify would write it
// again (see [encodeJSON]): keys that are array indexes first, numbers as
// JavaScript spells them. What JavaScript cannot hold is refused.
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
	if err := decoder.Decode(&v); err != nil {
		return nil, err
	}
	return appendMetadata(nil, v)
}

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

func appendMembers(out []byte, members map[string]any) ([]byte, error) {
	out = append(out, '{')
	for i, key := range slices.SortedFunc(maps.Keys(members), compareKeys) {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := encodeJSON(key)
		if err != nil {
			return nil, err
		}
		if out, err = appendMetadata(append(append(out, name...), ':'), members[key]); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

// compareKeys: array indexes come first, ascending (ECMA-262 section 10.1.11.1).
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

// arrayIndex: below 2^32-1, as JavaScript spells it (ECMA-262 section 6.1.7).
func arrayIndex(key string) (uint64, bool) {
	n, err := strconv.ParseUint(key, 10, 32)
	return n, err == nil && n < math.MaxUint32 && strconv.FormatUint(n, 10) == key
}

// appendNumber: encoding/json spells floats as ECMA-262 does, but for -0.
func appendNumber(out []byte, n json.Number) ([]byte, error) {
	f, err := n.Float64()
	whole := !strings.ContainsAny(n.String(), ".eE")
	if err != nil || whole && math.Abs(f) >= 1<<53 { // where JavaScript drops digits
		return nil, &InvalidError{"metadata", "the number " + n.String() + " is larger than servers can read; give it as a string"}
	}
	if f == 0 {
		return append(out, '0'), nil
	}
	text, err := json.Marshal(f)
	return append(out, text...), err
}
