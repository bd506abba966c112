package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

// instruction returns the command of an instruction in the container file.
func instruction(t *testing.T, before string) (command []string) {
	t.Helper()
	text, err := os.ReadFile("sandbox.Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(text), "\n"+before)
	line, _, _ := strings.Cut(rest, "\n")
	line = line[strings.Index(line, "["):]
	if !found || json.Unmarshal([]byte(line), &command) != nil || command[0] != "/opgrants" {
		t.Fatalf("the container file has no %s in JSON: %s", before, line)
	}
	return command[1:]
}

// TestTheContainerFileStartsTheSandbox runs the commands of the container file where
// there is no folder to write to, as in the container, at another port.
func TestTheContainerFileStartsTheSandbox(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing"))
	_, port, _ := strings.Cut(freeAddr(t), ":")
	at := func(command []string) []string {
		for i := range command {
			command[i] = strings.ReplaceAll(command[i], "3388", port)
		}
		return command
	}
	check := append(at(instruction(t, "HEALTHCHECK")), "--listen", "127.0.0.1:"+port)
	wantEnding(t, runs(t, nil, check...), exit.NotRunning, "No sandbox listens at 127.0.0.1:"+port)
	s := start(t, nil, at(instruction(t, "ENTRYPOINT"))...)
	s.wants(t, "Tests control it at http://127.0.0.1:"+port)
	if got := runs(t, nil, check...); got.code != exit.OK {
		t.Errorf("the health check ended with %d:\n%s", got.code, got.err)
	}
	if status, env := browse(t, "http://127.0.0.1:"+port+"/control/env"); status != 200 || !strings.Contains(env, "PRIVATE_KEY=") {
		t.Errorf("%d %s", status, env)
	}
}
