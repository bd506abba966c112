package strictjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Decode reads text, one JSON object, into the struct that target points to. It
// is stricter than [json.Unmarshal]: it refuses members that are unknown, given
// twice, null or of another type, and it compares names with their case. A
// string may have maxText characters at most, and must not be empty if its field has
// the tag text:"required". A byte order mark before the text is ignored (RFC 8259
// section 8.1). Every error is an [*Error].
//
// A field of type map[string]any takes an object with any members, of any length, whose numbers
// are [json.Number]s.
func Decode(text []byte, target any, maxText int) error {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if err := checkText(text); err != nil {
		return err
	}
	d := decoder{json.NewDecoder(bytes.NewReader(text)), maxText}
	d.UseNumber()
	return d.value("", reflect.ValueOf(target).Elem())
}

// A decoder walks through a JSON text that is known to be valid.
type decoder struct {
	*json.Decoder
	maxText int
}

// value reads the next value into v. path is its name in errors.
func (d decoder) value(path string, v reflect.Value) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	switch got := token.(type) {
	case json.Delim:
		if got == '{' && v.Kind() == reflect.Struct {
			return d.object(path, v)
		}
		if got == '{' && v.Kind() == reflect.Map {
			return d.members(path, v)
		}
		if got == '[' && v.Kind() == reflect.Slice {
			return d.array(path, v)
		}
	case string:
		if v.Kind() == reflect.String {
			return d.text(path, got, v)
		}
	case bool:
		if v.Kind() == reflect.Bool {
			v.SetBool(got)
			return nil
		}
	case json.Number:
		if v.Kind() == reflect.Uint8 {
			if n, ok := wholeNumber(got); ok && n <= math.MaxUint8 {
				v.SetUint(n)
				return nil
			}
		}
	case nil:
		if path != "" {
			return fault(path, "is null; give it a value, or leave it out")
		}
	}
	return fault(path, fmt.Sprintf("must be %s, not %s", describeKind(v.Kind()), describeToken(token)))
}

// wholeNumber returns a number that is whole, also if it is written as 2.0 or 2e0: in
// JSON that is the same number, and some programs write it so.
func wholeNumber(n json.Number) (uint64, bool) {
	f, err := n.Float64()
	if err != nil || f < 0 || f > 1<<53 || f != math.Trunc(f) {
		return 0, false
	}
	return uint64(f), true
}

func (d decoder) text(path, got string, v reflect.Value) error {
	if utf8.RuneCountInString(got) > d.maxText {
		return fault(path, fmt.Sprintf("is longer than %d characters", d.maxText))
	}
	v.SetString(got)
	return nil
}

func (d decoder) object(path string, v reflect.Value) error {
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string) // a member's name is always a string
		if name == "" {
			return fault(path, "has a member without a name")
		}
		member := join(path, name)
		if seen[name] {
			return fault(member, "is given twice")
		}
		seen[name] = true
		field, tag, known := fieldOf(v, name)
		if !known {
			return fault(member, "is unknown; the known members are "+strings.Join(Names(v.Type()), ", "))
		}
		if err := d.value(member, field); err != nil {
			return err
		}
		if field.Kind() == reflect.String && field.String() == "" && tag.Get("text") == "required" {
			return fault(member, "is empty; give it a value, or leave it out")
		}
	}
	_, err := d.Token()
	return err
}

func (d decoder) array(path string, v reflect.Value) error {
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	for i := 0; d.More(); i++ {
		element := reflect.New(v.Type().Elem()).Elem()
		if err := d.value(fmt.Sprintf("%s[%d]", path, i), element); err != nil {
			return err
		}
		v.Set(reflect.Append(v, element))
	}
	_, err := d.Token()
	return err
}

// fieldOf returns the field of struct v whose name in JSON is name, with its tag.
func fieldOf(v reflect.Value, name string) (reflect.Value, reflect.StructTag, bool) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if known, ok := nameOf(f); ok && known == name {
			return v.Field(i), f.Tag, true
		}
	}
	return reflect.Value{}, "", false
}

// Names returns the names in JSON of a struct type's fields, in their order.
func Names(t reflect.Type) (all []string) {
	for i := range t.NumField() {
		if name, ok := nameOf(t.Field(i)); ok {
			all = append(all, name)
		}
	}
	return all
}

// nameOf returns a field's name in JSON. A field with the tag "-" has none.
func nameOf(f reflect.StructField) (name string, ok bool) {
	tag := f.Tag.Get("json")
	name, _, _ = strings.Cut(tag, ",")
	return name, tag != "-"
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func describeKind(k reflect.Kind) string {
	switch k {
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice:
		return "an array"
	case reflect.Bool:
		return "true or false"
	case reflect.Uint8:
		return "a whole number from 0 to 255"
	}
	return "a string"
}

func describeToken(token json.Token) string {
	switch got := token.(type) {
	case json.Delim:
		if got == '{' {
			return "an object"
		}
		return "an array"
	case bool:
		return strconv.FormatBool(got)
	case json.Number:
		return "the number " + truncate(got.String())
	case nil:
		return "null"
	}
	return "a string"
}
