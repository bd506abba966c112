package own

import (
	"encoding/json"
	"maps"
	"slices"
)

// A Text is a member of a request whose length is limited.
type Text struct {
	Path      []string // names of members, from the outermost
	MaxLength int      // characters
}

// Texts returns the limited texts in the body of an operation.
func (d *Description) Texts(op *Operation) []Text {
	return d.texts(op.body.schema, nil)
}

func (d *Description) texts(pointer string, path []string) (all []Text) {
	schema, pointer, err := d.at(pointer)
	if err != nil {
		return nil
	}
	if limit, ok := schema["maxLength"].(json.Number); ok {
		n, _ := limit.Int64()
		return []Text{{path, int(n)}}
	}
	properties := member(schema, "properties")
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		all = append(all, d.texts(pointer+"/properties/"+escape(name), append(slices.Clone(path), name))...)
	}
	return all
}
