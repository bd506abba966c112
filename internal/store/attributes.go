package store

import (
	"reflect"
	"strings"
)

// Attributes are the names that this version of the program stores an item of
// this kind under. Whatever else an item has was written by another version, and
// is kept.
func (k *Kind[T]) Attributes() []string {
	var names []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	if k.Prefix != "" {
		names = append(names, KindName)
	}
	return names
}
