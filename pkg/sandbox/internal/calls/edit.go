package calls

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// edit changes members of a JSON text. A path names members with dots between
// them, items of an array by their number, and "-" adds an item. The value is JSON;
// "" removes the member.
func edit(text []byte, changes map[string]string) ([]byte, error) {
	var root any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&root); err != nil {
		return nil, fmt.Errorf("the answer is not JSON: %w", err)
	}
	paths := make([]string, 0, len(changes))
	for path := range changes {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	for _, path := range paths {
		var err error
		if root, err = change(root, strings.Split(path, "."), changes[path]); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(root)
	return b.Bytes(), err
}

// change returns node with the value at the end of path changed.
func change(node any, path []string, value string) (any, error) {
	if len(path) == 0 {
		if !json.Valid([]byte(value)) {
			return nil, fmt.Errorf("%q is not JSON", value)
		}
		return json.RawMessage(value), nil
	}
	switch n := node.(type) {
	case []any:
		return changeItem(n, path, value)
	case map[string]any:
		return n, changeMember(n, path, value)
	case nil:
		n2 := map[string]any{}
		return n2, changeMember(n2, path, value)
	}
	return nil, fmt.Errorf("%q is in neither an object nor an array", path[0])
}

func changeMember(object map[string]any, path []string, value string) error {
	if len(path) == 1 && value == "" {
		delete(object, path[0])
		return nil
	}
	changed, err := change(object[path[0]], path[1:], value)
	object[path[0]] = changed
	return err
}

func changeItem(items []any, path []string, value string) (any, error) {
	if path[0] == "-" {
		added, err := change(nil, path[1:], value)
		return append(items, added), err
	}
	i, err := strconv.Atoi(path[0])
	if err != nil || i < 0 || i >= len(items) {
		return nil, fmt.Errorf("there is no item %q", path[0])
	}
	if len(path) == 1 && value == "" {
		return slices.Delete(items, i, i+1), nil
	}
	items[i], err = change(items[i], path[1:], value)
	return items, err
}
