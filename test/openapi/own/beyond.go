package own

import (
	"bytes"
	"encoding/json"
	"net/url"
	"unicode/utf8"
)

// isBeyondSchemas reports whether a request is malformed in a way that no schema can
// say: a member, parameter or header that is there twice, an unknown parameter, a
// text that is not UTF-8.
func (e *Exchange) isBeyondSchemas(op *Operation) bool {
	query, err := url.ParseQuery(e.Query)
	if err != nil || !utf8.Valid(e.Body) {
		return true
	}
	known := map[string]bool{}
	for _, p := range op.Parameters {
		known[p.Name] = true
		if p.In != "path" && len(e.values(op, p)) > 1 {
			return true
		}
	}
	for name := range query {
		if !known[name] {
			return true
		}
	}
	return hasMemberTwice(e.Body)
}

func hasMemberTwice(text []byte) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	var names []map[string]bool // of the objects that are open; nil: an array
	isName := false
	for {
		token, err := d.Token()
		if err != nil {
			return false
		}
		inObject := len(names) > 0 && names[len(names)-1] != nil
		switch token {
		case json.Delim('{'):
			names, isName = append(names, map[string]bool{}), true
			continue
		case json.Delim('['):
			names, isName = append(names, nil), false
			continue
		case json.Delim('}'), json.Delim(']'):
			names = names[:len(names)-1]
			isName = len(names) > 0 && names[len(names)-1] != nil
			continue
		}
		if name, ok := token.(string); ok && inObject && isName {
			if names[len(names)-1][name] {
				return true
			}
			names[len(names)-1][name], isName = true, false
			continue
		}
		isName = inObject
	}
}
