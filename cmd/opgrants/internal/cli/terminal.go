// Package cli is what the commands share: the terminal, output, amounts and the
// errors of requests to wallets.
package cli

import (
	"fmt"
	"io"
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
	t.Say("%s %v\n%s %s", label, err, try, next)
}
