// Package demo is the demonstration: a wallet, the service and a small shop that uses
// the service, each a server of its own on this machine.
package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/opener"
)

// Options of [Run], as flags of the command line.
type Options struct {
	Auto   bool   `name:"auto" help:"Do it all by itself: order, consent, pay, refuse. Print each step, and fail when one does."`
	Listen string `name:"listen" default:"127.0.0.1:0" placeholder:"HOST:PORT" help:"Address of the shop, of this machine. Default: a free port."`
	RemoteService
}

// How long the wallet makes clients wait between a grant request and the continue.
// The reference implementation has 5 s, in which a person reads the consent page.
const (
	manualWait = 5 * time.Second
	autoWait   = time.Second
)

// Run runs the demonstration until ctx is done. With Auto it ends after the steps, with
// an error if one failed. getenv is [os.Getenv] outside of tests.
func Run(ctx context.Context, term *cli.Terminal, out *cli.Output, getenv func(string) string, o Options) (err error) {
	wait := manualWait
	if o.Auto {
		wait = autoWait
	}
	s, err := startServers(ctx, o.Listen, wait, o.RemoteService)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if o.Auto {
		return runSteps(ctx, out, s)
	}
	text := fmt.Sprintf("The shop is open: %s\n\n  shop     %s\n  service  %s\n  wallet   %s\n\nCtrl-C ends it.",
		s.shop.URL, s.shop.URL, s.serviceURL, s.walletURL)
	if err := out.Demo(text, map[string]string{"shop": s.shop.URL, "service": s.serviceURL, "wallet": s.walletURL}); err != nil {
		return err
	}
	opener.Offer(ctx, term, getenv, s.shop.URL)
	<-ctx.Done()
	return nil
}
