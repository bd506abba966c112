package bolt

import (
	"bytes"
	"cmp"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// A member is a name and a value of a JSON object: the name as it is read, the value
// as it is written.
type member struct{ name, value []byte }

var (
	errNoObject = errors.New("this is not a JSON object")
	errMore     = errors.New("more follows the JSON object")
)

// readMembers are the members of an object. They are parts of it, and not copied.
func readMembers(object []byte) ([]member, error) {
	d := jsontext.NewDecoder(bytes.NewBuffer(object), jsontext.AllowDuplicateNames(true))
	if d.PeekKind() != '{' {
		return nil, errNoObject
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, err
	}
	next := func() ([]byte, error) {
		value, err := d.ReadValue()
		end := d.InputOffset()
		return object[end-int64(len(value)) : end], err
	}
	members := make([]member, 0, 40)
	for d.PeekKind() == '"' {
		name, err := next()
		if err != nil {
			return nil, err
		}
		if name, err = unquote(name); err != nil {
			return nil, err
		}
		value, err := next()
		if err != nil {
			return nil, err
		}
		members = append(members, member{name, value})
	}
	if _, err := d.ReadToken(); err != nil { // the end of the object
		return nil, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, cmp.Or(err, errMore)
	}
	return members, nil
}

// unquote copies only what has escapes.
func unquote(name []byte) ([]byte, error) {
	if bytes.IndexByte(name, '\\') < 0 {
		return name[1 : len(name)-1], nil
	}
	return jsontext.AppendUnquote(nil, name)
}

// appendMember adds a member to a JSON object, in place if there is room.
func appendMember(object []byte, m member) ([]byte, error) {
	object = object[:len(object)-1]
	if len(object) > 1 {
		object = append(object, ',')
	}
	object, err := jsontext.AppendQuote(object, m.name)
	if err != nil {
		return nil, err
	}
	return append(append(append(object, ':'), m.value...), '}'), nil
}
