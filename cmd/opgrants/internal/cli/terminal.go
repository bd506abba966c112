// Package cli is what the commands share: the terminal, output, amounts and the
// errors of requests to wallets.
package cli

import (
	"fmt"
	"io"
)

// A Terminal has the three streams of a command. Out is for results that a script
// reads, Err is for people.
type Terminal struct {
	In       io.Reader
	Out, Err io.Writer
}

// Say prints a line for people.
func (t *Terminal) Say(format string, args ...any) {
	_, _ = fmt.Fprintf(t.Err, format+"\n", args...)
}

// Print prints a line of the result.
func (t *Terminal) Print(format string, args ...any) error {
	_, err := fmt.Fprintf(t.Out, format+"\n", args...)
	return err
}
