// Command opgrants asks for consent to outgoing payments over Open Payments: as
// a demonstration, from a terminal, or as a service.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
)

func main() {
	ctx := untilSignal()
	term := &cli.Terminal{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Path: cli.ProgramPath(os.Args[0]),
		ColorOut: cli.UseColor(os.Stdout, os.Getenv), ColorErr: cli.UseColor(os.Stderr, os.Getenv)}
	code := run(ctx, os.Args[1:], os.Getenv, term)
	os.Exit(int(code))
}

// untilSignal returns a context that ends with the first SIGINT or SIGTERM. The second
// one ends the process at once: also as the first process of a container, where a
// signal without a handler does nothing.
func untilSignal() context.Context {
	ctx, stop := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		stop()
		code := 1
		if s, ok := (<-signals).(syscall.Signal); ok {
			code = 128 + int(s) // as shells say it
		}
		os.Exit(code)
	}()
	return ctx
}
