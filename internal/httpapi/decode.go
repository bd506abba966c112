package httpapi

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/opgrants/opgrants/internal/grant"
)

// decode reads body, one JSON object, into the struct that target points at.
// It is stricter than [json.Unmarshal], because what a caller misspells here is
// a limit on somebody's money: members that are unknown, given twice, null or of
// another type are refused by name, and names count with their case.
func decode(body []byte, target any) error {
	if err := checkText(body); err != nil {
		return err
	}
	d := decoder{json.NewDecoder(bytes.NewReader(body))}
	d.UseNumber()
	return d.value("", reflect.ValueOf(target).Elem())
}

// A decoder walks through a JSON text that is known to be valid.
type decoder struct{ *json.Decoder }

// value reads the next value into v; path is its name for the caller.
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
		if got == '[' && v.Kind() == reflect.Slice {
			return d.array(path, v)
		}
	case string:
		if v.Kind() == reflect.String {
			v.SetString(got)
			return nil
		}
	case bool:
		if v.Kind() == reflect.Bool {
			v.SetBool(got)
			return nil
		}
	case json.Number:
		if v.Kind() == reflect.Uint8 {
			if n, err := strconv.ParseUint(got.String(), 10, 8); err == nil {
				v.SetUint(n)
				return nil
			}
		}
	case nil:
		if path != "" {
			return malformed(path, "is null; leave it out instead")
		}
	}
	return malformed(path, fmt.Sprintf("must be %s, not %s", wanted(v.Kind()), found(token)))
}

func (d decoder) object(path string, v reflect.Value) error {
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string) // a member's name is nothing else
		if name == "" {
			return malformed(path, "has a member without a name")
		}
		member := join(path, name)
		if seen[name] {
			return malformed(member, "is given twice")
		}
		seen[name] = true
		field, known := fieldOf(v, name)
		if !known {
			return malformed(member, "is not known here; known are "+strings.Join(names(v.Type()), ", "))
		}
		if err := d.value(member, field); err != nil {
			return err
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

// fieldOf is the field of struct v that is called name in JSON.
func fieldOf(v reflect.Value, name string) (reflect.Value, bool) {
	for i := range v.NumField() {
		if known, ok := nameOf(v.Type().Field(i)); ok && known == name {
			return v.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// names are those of a struct's fields in JSON, in their order.
func names(t reflect.Type) (all []string) {
	for i := range t.NumField() {
		if name, ok := nameOf(t.Field(i)); ok {
			all = append(all, name)
		}
	}
	return all
}

// nameOf is a field's name in JSON; not every field has one.
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

func wanted(k reflect.Kind) string {
	switch k {
	case reflect.Struct:
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

func found(token json.Token) string {
	switch got := token.(type) {
	case json.Delim:
		if got == '{' {
			return "an object"
		}
		return "an array"
	case bool:
		return strconv.FormatBool(got)
	case json.Number:
		return "the number " + short(got.String())
	case nil:
		return "null"
	}
	return "a string"
}

// malformed is the error for a member, or for the body when path is empty.
func malformed(path, what string) error {
	path = short(path)
	return &grant.Error{Code: codeMalformed, Field: path, Detail: cmp.Or(path, "The body") + " " + what + "."}
}

// short keeps a text of the caller's from filling the answer and the log.
func short(s string) string {
	if r := []rune(s); len(r) > 100 {
		return string(r[:100]) + "…"
	}
	return s
}
