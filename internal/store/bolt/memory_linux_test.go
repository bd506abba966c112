package bolt

import (
	"os"
	"regexp"
	"strconv"
	"testing"
)

var anonymous = regexp.MustCompile(`(?m)^RssAnon:\s+([0-9]+) kB$`)

// memoryBesideFile is how many MB this process has in memory beside the mapped file.
func memoryBesideFile(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	found := anonymous.FindSubmatch(status)
	if found == nil {
		t.Fatal("the system does not tell RssAnon")
	}
	kilobytes, err := strconv.Atoi(string(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes >> 10
}
