package cli_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
)

// openTerminal returns a pseudo terminal, as the shell of a user has.
func openTerminal(t *testing.T) *os.File {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err := os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = terminal.Close() })
	return terminal
}

func TestColorsAreForTerminalsOnly(t *testing.T) {
	terminal := openTerminal(t)
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	reader, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close(); _ = pipe.Close() }()
	for _, c := range []struct {
		name   string
		stream *os.File
		env    map[string]string
		want   bool
	}{
		{"a terminal", terminal, map[string]string{"TERM": "xterm-256color"}, true},
		{"a terminal of an unknown kind", terminal, nil, true},
		{"a terminal, NO_COLOR=1", terminal, map[string]string{"NO_COLOR": "1"}, false},
		{"a terminal, NO_COLOR=0, which is set too", terminal, map[string]string{"NO_COLOR": "0"}, false},
		{"a terminal, NO_COLOR empty", terminal, map[string]string{"NO_COLOR": ""}, true},
		{"a terminal that knows none", terminal, map[string]string{"TERM": "dumb"}, false},
		{"a file", file, nil, false},
		{"a pipe", pipe, nil, false},
	} {
		if got := cli.UseColor(c.stream, func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
}
