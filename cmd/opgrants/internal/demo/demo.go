// Package demo shows it all on one machine: a wallet, the service and a small shop
// that uses it, each a server of its own on loopback.
package demo

import (
	"context"
	"errors"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
)

// Options of [Run], as flags of the command line.
type Options struct {
	Auto   bool   `name:"auto" help:"Do it all by itself: order, consent, pay, refuse. Print each step, and fail when one does."`
	Listen string `name:"listen" default:"127.0.0.1:0" placeholder:"HOST:PORT" help:"Address of the shop, of this machine. Default: a free port."`
	Elsewhere
}

// The wallet's wait between a grant request and its continuation. The reference
// implementation has 5 s, in which a person reads the consent page; the steps
// that run by themselves shall not take that long.
const (
	personsWait = 5 * time.Second
	autosWait   = time.Second
)

// Run runs the demonstration until ctx is done, or the steps are.
func Run(ctx context.Context, term *cli.Terminal, o Options) (err error) {
	wait := personsWait
	if o.Auto {
		wait = autosWait
	}
	s, err := open(ctx, o.Listen, wait, o.Elsewhere)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if o.Auto {
		return auto(ctx, term, s)
	}
	err = term.Print("The shop is open: %s\n\n  shop     %s\n  service  %s\n  wallet   %s\n\nCtrl-C ends it.",
		s.shop.url, s.shop.url, s.serviceURL, s.walletURL)
	if err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}
