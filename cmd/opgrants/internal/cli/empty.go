package cli

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"
)

// CheckEmpty refuses flags and arguments with an empty value, such as --debit "$AMOUNT"
// where AMOUNT is not set. Without it the command would do what nobody asked for: want
// a consent without limit, pay from another wallet, or pay again under a new
// Idempotency-Key. An empty variable still counts as not set.
func CheckEmpty(parsed *kong.Context) error {
	var all error
	seen := map[string]bool{}
	for _, part := range parsed.Path {
		name, value := given(part)
		if name == "" || seen[name] || !isEmpty(value) {
			continue
		}
		seen[name] = true
		all = errors.Join(all, fmt.Errorf("%s: the value is empty; leave it out, or check the variable that it comes from", name))
	}
	return all
}

// given returns the name and the value of a flag or an argument on the command line, or "".
func given(part *kong.Path) (name string, value reflect.Value) {
	switch {
	case part.Resolved:
		return "", value
	case part.Flag != nil:
		return "--" + part.Flag.Name, part.Flag.Target
	case part.Positional != nil:
		return "<" + part.Positional.Name + ">", part.Positional.Target
	}
	return "", value
}

// isEmpty reports whether a value is an empty text, or a list with one.
func isEmpty(value reflect.Value) bool {
	switch value.Kind() {
	case reflect.String:
		return strings.TrimSpace(value.String()) == ""
	case reflect.Slice:
		for i := range value.Len() {
			if isEmpty(value.Index(i)) {
				return true
			}
		}
		return value.Len() == 0
	}
	return false
}
