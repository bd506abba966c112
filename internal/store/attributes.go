// Package store holds what the stores of grants have in common.
package store

import (
	"reflect"
	"strings"

	"github.com/opgrants/opgrants/internal/grant"
)

// Attributes are the names that this version of the program stores a
// [grant.Item] under. Whatever else an item has was written by another version.
func Attributes() []string {
	var names []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[grant.Item]()) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}
