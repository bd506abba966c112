//go:build tools

package peers

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// DynamoDB is the endpoint of a fresh DynamoDB Local, Amazon's own engine, in
// memory. It takes any credentials and region; each pair has its own tables.
// A start costs about two seconds: call it once for many subtests.
func DynamoDB(t testing.TB) (endpoint string) {
	t.Helper()
	java, err := exec.LookPath("java")
	if err != nil {
		t.Fatal("Java is not installed: run make tools")
	}
	dir := filepath.Dir(installed(t, "dynamodb/Loopback.class"))
	lib := filepath.Join(dir, "lib")
	return serve(t, "DynamoDB Local", func(port string) *exec.Cmd {
		return exec.Command(java, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
			"-Djava.library.path="+lib, "-cp", dir+string(os.PathListSeparator)+filepath.Join(lib, "*"),
			"Loopback", "-inMemory", "-disableTelemetry", "-port", port)
	})
}
