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
	code := run(ctx, os.Args[1:], os.Getenv, &cli.Terminal{In: os.Stdin, Out: os.Stdout, Err: os.Stderr})
	os.Exit(int(code))
}
