package command

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/consent"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Continue is `opgrants continue`.
type Continue struct {
	InteractRef string `name:"interact-ref" env:"INTERACT_REF" placeholder:"TEXT" group:"what" help:"interact_ref of the URL that the browser ended at. Without one the grant is polled."`
	GrantFlags  `embed:""`
	Timeout     time.Duration   `name:"timeout" default:"10m" placeholder:"10m" group:"how" help:"How long to poll. Default: ${default}."`
	Output      cli.OutputFlags `embed:""`
}

// Help is the long text of --help.
func (*Continue) Help() string {
	return `Gets the access token of a grant that the user has consented to. It prints

    ACCESS_TOKEN = …
    MANAGE_URL = …

and before them CONTINUE_ACCESS_TOKEN and CONTINUE_URI, if the wallet has changed them.

A grant that was requested with a finish needs --interact-ref. The command sends it once. If the outcome is unknown, it
cancels the grant, as there may be a token that works and that nobody has. It does not verify the hash in the URL;
"opgrants request" does that, and continues the grant itself. A grant without a finish is polled until the user has
answered.` + exitCodes(append(signedCodes, exit.TimedOut, exit.UserRefused)...)
}

// Run continues the grant.
func (c *Continue) Run(ctx context.Context, term *cli.Terminal, env *cli.Environment) error {
	return runSigned(ctx, term, c.Output, &c.Client, func(out *cli.Output) error { return c.proceed(ctx, term, env, out) })
}

func (c *Continue) proceed(ctx context.Context, term *cli.Terminal, env *cli.Environment, out *cli.Output) error {
	client, k, err := c.open(term, env)
	if err != nil {
		return err
	}
	if c.Timeout <= 0 {
		return exit.Usage.With("--timeout must be more than 0.")
	}
	var grant *opclient.Grant
	if c.InteractRef != "" {
		grant, err = consent.Continue(ctx, term, client, k, c.InteractRef)
	} else {
		grant, err = c.poll(ctx, term, client, k)
	}
	if err != nil {
		return continueError(err)
	}
	if grant.Continue.URI != k.URI || grant.Continue.Token != k.Token {
		if err := out.Continue(grant.Continue); err != nil {
			return err
		}
	}
	return out.Token(grant.Token)
}

// usualWait is the time between two polls if the wallet names none. The reference
// implementation has the same.
const usualWait = 5 * time.Second

// poll asks for the token until there is one or --timeout is over.
func (c *Continue) poll(ctx context.Context, term *cli.Terminal, client *opclient.Client, k opclient.Continue) (*opclient.Grant, error) {
	until := time.Now().Add(c.Timeout)
	for {
		grant, err := consent.Poll(ctx, client, k)
		pause, why := time.Second, "The wallet requires a longer wait"
		switch {
		case err == nil && grant.Token != nil:
			return grant, nil
		case err == nil:
			k = grant.Continue
			pause, why = cmp.Or(k.Wait, usualWait), "The user has not answered yet"
		case !opclient.HasCode(err, opclient.CodeTooFast):
			return nil, err
		}
		if time.Now().Add(pause).After(until) {
			return nil, exit.TimedOut.With("Run this again to go on polling.")
		}
		term.Say("%s. Asking again in %s.", why, pause)
		if err := consent.Sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// continueError adds to a refusal what it may mean.
func continueError(err error) error {
	switch {
	case opclient.HasCode(err, opclient.CodeRequestDenied):
		return exit.WalletRefused.With("The user may have refused, or the interact_ref was sent before, or the grant has a finish and needs --interact-ref. %w", errors.Unwrap(err))
	case opclient.HasCode(err, opclient.CodeInvalidContinuation):
		return exit.WalletRefused.With("The wallet knows no such grant with that interact_ref: the user may have refused, the grant may have ended, or CONTINUE_ACCESS_TOKEN is for another grant. %w", errors.Unwrap(err))
	}
	return err
}
