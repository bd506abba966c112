// Package demo is the command that shows it all on one machine: a wallet, the
// service and a small shop that uses it, each a server of its own on loopback.
package demo

import (
	"context"
	"errors"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/terminal"
)

// Command is `opgrants demo`.
type Command struct {
	Auto   bool   `name:"auto" help:"Do it all by itself: order, consent, pay, refuse. Print each step, and fail when one does."`
	Listen string `name:"listen" default:"127.0.0.1:0" placeholder:"HOST:PORT" help:"Address of the shop, of this machine. Default: a free port."`
	Elsewhere
}

// Help is the long text of --help.
func (*Command) Help() string {
	return `Starts a sandbox wallet, the service with its grants in a temporary file, and a shop, and prints a link to the shop.
Order there; allow or refuse at the wallet; come back and see what was paid. Allow more every day, and order again
without being asked, until the wallet says that it is too much, or you end it. Each request that was made is shown, its
secrets masked, and the clock can be put forward. No real money moves, and nothing is left behind.

The exit code is one of:

` + exit.Table(exit.OK, exit.Internal, exit.Usage, exit.Port, exit.StepFailed, exit.Interrupted)
}

// The wallet's wait between a grant request and its continuation. The reference
// implementation has 5 s, in which a person reads the consent page; the steps
// that run by themselves shall not take that long.
const (
	personsWait = 5 * time.Second
	autosWait   = time.Second
)

// Run runs the demonstration until ctx is done, or the steps are.
func (c *Command) Run(ctx context.Context, term *terminal.Terminal) (err error) {
	wait := personsWait
	if c.Auto {
		wait = autosWait
	}
	s, err := open(ctx, c.Listen, wait, c.Elsewhere)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if c.Auto {
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
