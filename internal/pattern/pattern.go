// Package pattern has regular expressions that are compiled when they are first used.
// A function that starts cold needs few of those that the program has.
package pattern

import (
	"regexp"
	"sync"
)

// New returns the compiled expression, once it is asked for. It panics then if the
// expression is not valid.
func New(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}
