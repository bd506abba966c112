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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	term := &cli.Terminal{In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		ColorOut: cli.UseColor(os.Stdout, os.Getenv), ColorErr: cli.UseColor(os.Stderr, os.Getenv)}
	code := run(ctx, os.Args[1:], os.Getenv, term)
	os.Exit(int(code))
}
