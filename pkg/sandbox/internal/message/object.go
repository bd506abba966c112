package message

import (
	"encoding/json"
	"net/url"
)

// An Object holds the members of a JSON object. It matches names exactly, where
// encoding/json ignores their case.
type Object map[string]json.RawMessage

// ParseObject returns false if text is not a JSON object.
func ParseObject(text json.RawMessage) (Object, bool) {
	var o Object
	return o, json.Unmarshal(text, &o) == nil && o != nil
}

// Text returns a member that is a string; false for any other.
func (o Object) Text(name string) (s string, ok bool) {
	return s, o[name] != nil && json.Unmarshal(o[name], &s) == nil && o[name][0] == '"'
}

// List returns the items of a member that is an array; false for any other.
func (o Object) List(name string) (items []json.RawMessage, ok bool) {
	return items, json.Unmarshal(o[name], &items) == nil && items != nil
}

// IsURI reports whether s is what the OpenAPI descriptions call a uri.
func IsURI(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && (u.Host != "" || u.Opaque != "")
}
