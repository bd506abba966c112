package opclient

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// An object is a JSON object of an answer. It is read member by member, with the
// exact spelling and type that the OpenAPI files ask for; what breaks them first
// is kept in err. Members that we do not know are ignored.
type object struct {
	path    string // "access_token."
	members map[string]any
	err     *error
}

// parseAnswer reads a JSON object. err collects what the later reading finds.
func parseAnswer(r *reply, err *error) object {
	o := object{err: err}
	if t := mediaType(r.header); r.header.Get("Content-Type") != "" && t != "application/json" && !strings.HasSuffix(t, "+json") {
		o.fail("the answer is not JSON, its Content-Type is %.100q", t)
		return o
	}
	decoder := json.NewDecoder(bytes.NewReader(r.body))
	decoder.UseNumber()
	var v any
	if decoder.Decode(&v) != nil || !atEnd(decoder) {
		o.fail("the answer is not JSON")
		return o
	}
	members, ok := v.(map[string]any)
	if !ok {
		o.fail("the answer is no JSON object")
	}
	o.members = members
	return o
}

func atEnd(d *json.Decoder) bool {
	_, err := d.Token()
	return errors.Is(err, io.EOF)
}

func (o object) fail(format string, args ...any) {
	if *o.err == nil {
		*o.err = fmt.Errorf(format, args...)
	}
}

func (o object) has(name string) bool {
	_, ok := o.members[name]
	return ok
}

func get[T any](o object, name, kind string) T {
	var zero T
	v, ok := o.members[name]
	if !ok {
		o.fail("%s%s is missing", o.path, name)
		return zero
	}
	t, ok := v.(T)
	if !ok {
		o.fail("%s%s must be %s", o.path, name, kind)
	}
	return t
}

func (o object) string(name string) string { return get[string](o, name, "a string") }

// optional is the string, or empty if the member is missing.
func (o object) optional(name string) string {
	if o.members[name] == nil {
		return ""
	}
	return o.string(name)
}

func (o object) array(name string) []any { return get[[]any](o, name, "an array") }

func (o object) object(name string) object {
	return object{o.path + name + ".", get[map[string]any](o, name, "an object"), o.err}
}

// integer is a whole number from 0 to max; 600.0 is one in JSON Schema.
func (o object) integer(name string, max int64) int64 {
	f, err := get[json.Number](o, name, "a number").Float64()
	if *o.err != nil {
		return 0
	}
	if err != nil || f != math.Trunc(f) || f < 0 || f > float64(max) {
		o.fail("%s%s must be a whole number from 0 to %d", o.path, name, max)
		return 0
	}
	return int64(f)
}

// token is a string that can be sent as a token in a header.
func (o object) token(name string) Secret {
	s := o.string(name)
	if len(s) > 8<<10 || !visible(s) {
		o.fail("%s%s must be visible ASCII, to be sent in a header", o.path, name)
	}
	return Secret(s)
}
