package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

func TestTheSandboxTellsWhatARequestNeeds(t *testing.T) {
	s := start(t, nil, "sandbox", "--listen", "127.0.0.1:0", "--wait", "0s")
	command := strings.Fields(s.wants(t, "  opgrants "))
	for i, word := range command {
		command[i] = strings.Trim(word, "'") // as a shell does
	}
	r := start(t, nil, append(command, "--no-wait")...)
	r.wants(t, interactLine)
	if got := r.end(t); got.code != exit.OK {
		t.Errorf("%q ended with %d:\n%s", command, got.code, got.err)
	}
	t.Run("and its log has each request", func(t *testing.T) {
		s.wants(t, "time=")
	})
	s.cancel()
	got := s.end(t)
	if got.code != exit.OK {
		t.Errorf("ended with %d:\n%s", got.code, got.err)
	}
	t.Run("as lines for a shell", func(t *testing.T) {
		for _, line := range strings.Split(strings.TrimSpace(got.out), "\n") {
			if !strings.HasPrefix(line, "export ") {
				t.Errorf("printed is %q", line)
			}
		}
	})
	t.Run("and leaves no key behind", func(t *testing.T) {
		_, key, _ := strings.Cut(got.out, "PRIVATE_KEY_PATH='")
		key, _, _ = strings.Cut(key, "'")
		if _, err := os.Stat(filepath.Dir(key)); key == "" || !os.IsNotExist(err) {
			t.Errorf("%q is still there: %v", key, err)
		}
	})
}

func TestTheSandboxIsForThisMachineOnly(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "3388"} {
		wantEnding(t, runs(t, nil, "sandbox", "--listen", addr), exit.Usage, "--listen "+addr)
	}
}
