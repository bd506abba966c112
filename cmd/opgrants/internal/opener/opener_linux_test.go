package opener

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
)

const link = "http://127.0.0.1:1/interact/1?a=b&c=d"

// openTerminal returns both ends of a terminal: of the person, and of the command.
func openTerminal(t *testing.T) (person, command *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = person.Close() })
	var number, locked uint32
	for request, value := range map[uintptr]*uint32{syscall.TIOCGPTN: &number, syscall.TIOCSPTLCK: &locked} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, person.Fd(), request, uintptr(unsafe.Pointer(value))); errno != 0 {
			t.Fatal(errno)
		}
	}
	command, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = command.Close() })
	return person, command
}

// fakeBrowser is a program that writes the link that it is given into a file.
func fakeBrowser(t *testing.T) (program, opened string) {
	t.Helper()
	program, opened = filepath.Join(t.TempDir(), "browser"), filepath.Join(t.TempDir(), "opened")
	if err := os.WriteFile(program, []byte("#!/bin/sh\nprintf %s \"$1\" > "+opened+".part && mv "+opened+".part "+opened+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return program, opened
}

func TestTheEnterKeyOpensTheLink(t *testing.T) {
	person, command := openTerminal(t)
	program, opened := fakeBrowser(t)
	Offer(t.Context(), &cli.Terminal{In: command, Err: command}, func(name string) string { return map[string]string{"BROWSER": program}[name] }, link)
	line, err := bufio.NewReader(person).ReadString('\n')
	if err != nil || !strings.Contains(line, "Press Enter") {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := os.Stat(opened); err == nil {
		t.Error("it opens without the key")
	}
	if _, err := io.WriteString(person, "\n"); err != nil {
		t.Fatal(err)
	}
	for range 500 {
		if got, err := os.ReadFile(opened); err == nil {
			if string(got) != link {
				t.Errorf("opened is %q", got)
			}
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("nothing is opened")
}

func TestNothingIsOfferedWithoutABrowserOrAPerson(t *testing.T) {
	program, _ := fakeBrowser(t)
	for name, c := range map[string]struct {
		in  io.Reader // nil: the terminal
		env map[string]string
	}{
		"a pipe":               {strings.NewReader("\n"), map[string]string{"BROWSER": program}},
		"no graphical session": {nil, nil},
		"no such program":      {nil, map[string]string{"BROWSER": program + "-none"}},
	} {
		t.Run(name, func(t *testing.T) {
			person, command := openTerminal(t)
			term := &cli.Terminal{In: command, Err: command}
			if c.in != nil {
				term.In = c.in
			}
			Offer(t.Context(), term, func(name string) string { return c.env[name] }, link)
			term.Say("the end")
			if line, err := bufio.NewReader(person).ReadString('\n'); err != nil || !strings.HasPrefix(line, "the end") {
				t.Errorf("said is %q, %v", line, err)
			}
		})
	}
}
