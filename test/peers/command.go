package peers

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// DynamoDBCommand runs DynamoDB Local, installed in dir, at a port of 127.0.0.1.
func DynamoDBCommand(dir, port string) *exec.Cmd {
	lib := filepath.Join(dir, "lib")
	return exec.Command("java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		"-Djava.library.path="+lib, "-cp", dir+string(os.PathListSeparator)+filepath.Join(lib, "*"),
		"Loopback", "-inMemory", "-disableTelemetry", "-port", port)
}

// AWSCommand runs ministack at a port of 127.0.0.1. What it writes goes into tmp.
func AWSCommand(ministack, tmp, port string) *exec.Cmd {
	cmd := exec.Command(ministack)
	cmd.Dir = tmp
	cmd.Env = append(WithoutAWS(os.Environ()),
		"BIND_HOST=127.0.0.1", // else every address
		"GATEWAY_PORT="+port,
		"AWS_ENDPOINT_URL=http://127.0.0.1:"+port, // its functions call it, not AWS
		"IOT_MTLS_ENABLED=false",                  // else a second port on every address
		"TMPDIR="+tmp,
	)
	return cmd
}

// WithoutAWS drops the credentials and settings of the person who runs this.
func WithoutAWS(environ []string) []string {
	var kept []string
	for _, v := range environ {
		if !strings.HasPrefix(v, "AWS_") {
			kept = append(kept, v)
		}
	}
	return kept
}
