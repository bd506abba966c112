//go:build tools

package deployment_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/opgrants/opgrants/test/peers"
)

// What our packages of a function allocate before main. The schemas of the AWS SDK are
// about 6,000 allocations more.
const maxStartAllocations = 300

var initLine = regexp.MustCompile(`(?m)^init (github\.com/opgrants/\S+) @.* ([0-9]+) allocs$`)

// TestAFunctionAllocatesLittleBeforeMain: a regular expression that is compiled there
// delays each cold start.
func TestAFunctionAllocatesLittleBeforeMain(t *testing.T) {
	t.Parallel()
	built := build(t, peers.Architecture())
	for _, function := range functions {
		program := exec.CommandContext(t.Context(), filepath.Join(built, function, "bootstrap"))
		program.Env = []string{"GODEBUG=inittrace=1"}
		out, err := program.CombinedOutput() // it ends, as it finds no Lambda
		packages := initLine.FindAllSubmatch(out, -1)
		if len(packages) == 0 {
			t.Fatalf("%v\n%s", err, out)
		}
		sum := 0
		for _, p := range packages {
			n, err := strconv.Atoi(string(p[2]))
			if err != nil {
				t.Fatal(err)
			}
			sum += n
		}
		t.Logf("%s: %d allocations", function, sum)
		if sum > maxStartAllocations {
			t.Errorf("%s allocates %d times before main, at most %d", function, sum, maxStartAllocations)
			for _, p := range packages {
				t.Logf("%s: %s", p[1], p[2])
			}
		}
	}
}
