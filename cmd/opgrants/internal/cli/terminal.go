// Package cli is what the commands share: the terminal, output, amounts and the
// errors of requests to wallets.
package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
)

// A Terminal has the three streams of a command. Out is for results that a script
// reads, Err is for people.
type Terminal struct {
	In       io.Reader
	Out, Err io.Writer
	// ColorOut and ColorErr allow colors in the two streams: see [UseColor].
	ColorOut, ColorErr bool
	// Command is the one that runs, such as "opgrants pay".
	Command string
	// Path is how the shell finds the program, such as bin/opgrants. "": opgrants.
	Path string

	says sync.Mutex // commands wait in several goroutines
}

// Say prints a line for people.
func (t *Terminal) Say(format string, args ...any) {
	t.says.Lock()
	defer t.says.Unlock()
	_, _ = fmt.Fprintf(t.Err, format+"\n", args...)
}

// Print prints a line of the result.
func (t *Terminal) Print(format string, args ...any) error {
	_, err := fmt.Fprintf(t.Out, format+"\n", args...)
	return err
}

// Fail prints why the command failed, and the command to try next.
func (t *Terminal) Fail(err error, next string) {
	label, try := "opgrants:", "Try:"
	if t.ColorErr {
		label, try = Red.Paint(label), Bold.Paint(try)
	}
	t.Say("%s %v\n%s %s", label, err, try, t.Runnable(next))
}

// Runnable returns a command line of this program, such as "opgrants doctor", so that
// the user's shell can run it. Other command lines are returned as they are.
func (t *Terminal) Runnable(line string) string {
	if rest, ok := strings.CutPrefix(line, "opgrants "); ok && t.Path != "" {
		return t.Path + " " + rest
	}
	return line
}

// ProgramPath returns how the shell finds a program that was started as name: a
// relative path as it is. "": by its name, or in a place that says nothing to the user.
func ProgramPath(name string) string {
	if filepath.Base(name) != "opgrants" || filepath.IsAbs(name) || !strings.ContainsRune(name, filepath.Separator) {
		return ""
	}
	return name
}
