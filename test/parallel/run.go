// Package parallel runs the tests of a package side by side.
package parallel

import (
	"flag"
	"strconv"
	"testing"
)

// Waiting is how many tests that wait rather than compute, for a deadline, a slow wallet
// or a file, keep one processor busy.
const Waiting = 8

// Run runs the tests of a package, n at once unless the flag -parallel says how many, and
// returns the exit code. Without it the go command runs one per processor.
func Run(m *testing.M, n int) int {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		_ = flag.Set("test.parallel", strconv.Itoa(n)) // of a number it does not fail
	}
	return m.Run()
}
