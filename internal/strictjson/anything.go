package strictjson

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// members reads an object whose members the caller chooses, into a map from
// strings to any. Its numbers are [json.Number]s. It refuses members that are
// given twice.
func (d decoder) members(path string, v reflect.Value) error {
	if v.Type() != reflect.TypeFor[map[string]any]() {
		return fmt.Errorf("strictjson: cannot decode into %s", v.Type())
	}
	all, err := d.freeObject(path)
	if err == nil {
		v.Set(reflect.ValueOf(all))
	}
	return err
}

func (d decoder) freeObject(path string) (map[string]any, error) {
	all := map[string]any{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string) // a member's name is always a string
		member := join(path, name)
		if _, twice := all[name]; twice {
			return nil, fault(member, "is given twice")
		}
		if all[name], err = d.anything(member); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return all, err
}

// anything reads the next value, whatever its type.
func (d decoder) anything(path string) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		return d.freeObject(path)
	case json.Delim('['):
		return d.freeArray(path)
	}
	return token, nil
}

func (d decoder) freeArray(path string) ([]any, error) {
	all := []any{}
	for i := 0; d.More(); i++ {
		element, err := d.anything(fmt.Sprintf("%s[%d]", path, i))
		if err != nil {
			return nil, err
		}
		all = append(all, element)
	}
	_, err := d.Token()
	return all, err
}
