// Package parallel runs the tests of a package that wait rather than compute: for a
// deadline, a wallet that is slow, or a file.
package parallel

import (
	"flag"
	"strconv"
	"testing"
)

// atOnce is how many such tests keep one processor busy. By default the go command runs
// one per processor.
const atOnce = 16

// Run runs the tests of a package, many at once unless the flag -parallel says how many,
// and returns the exit code.
func Run(m *testing.M) int {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		_ = flag.Set("test.parallel", strconv.Itoa(atOnce)) // of a number it does not fail
	}
	return m.Run()
}
