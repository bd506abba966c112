package main

import (
	"context"
	"io"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

// A blockedInput is a terminal at which nobody types. It says when it is read.
type blockedInput struct{ read chan struct{} }

func (b blockedInput) Read([]byte) (int, error) {
	close(b.read)
	select {}
}

// One Ctrl-C is enough, also while the command waits for an env file on its input.
func TestACommandThatReadsItsInputCanBeInterrupted(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	in := blockedInput{make(chan struct{})}
	go func() {
		<-in.read
		interrupt()
	}()
	var errs strings.Builder
	code := run(ctx, []string{"doctor", "--env-file", "-"}, func(string) string { return "" }, &cli.Terminal{In: in, Out: io.Discard, Err: &errs})
	if code != exit.Interrupted || !strings.Contains(errs.String(), "Interrupted.") {
		t.Errorf("ended with %d:\n%s", code, errs.String())
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) {
	return 0, &fs.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.ENOSPC}
}

func TestAHelpThatCannotBeWrittenIsNoFaultOfTheCommandLine(t *testing.T) {
	var errs strings.Builder
	code := run(t.Context(), []string{"--help"}, func(string) string { return "" }, &cli.Terminal{In: strings.NewReader(""), Out: fullDisk{}, Err: &errs})
	if code != exit.Internal || strings.Contains(errs.String(), "command line") {
		t.Errorf("ended with %d:\n%s", code, errs.String())
	}
}
