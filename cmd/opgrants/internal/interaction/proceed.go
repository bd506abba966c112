package request

import (
	"context"
	"errors"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/terminal"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// proceed continues the grant when the server's wait is over. The reference is
// sent again only where it is known not to have been used.
func proceed(ctx context.Context, term *terminal.Terminal, client *opclient.Client, a *asked, ref string) (*opclient.Token, error) {
	k := a.grant.Continue
	if rest := time.Until(a.at.Add(k.Wait)); rest > 0 {
		term.Say("Waiting %s more: the wallet wants %s between the request and its continuation.", tenths(rest), k.Wait)
		if err := sleep(ctx, rest); err != nil {
			return nil, err
		}
	}
	const tries = 3
	for try := 1; ; try++ {
		// An interrupt must not hit a continuation on its way: a token could be lost.
		grant, err := client.Continue(context.WithoutCancel(ctx), k, ref)
		again := opclient.HasCode(err, opclient.CodeTooFast) || errors.Is(err, opclient.ErrNotSent)
		switch {
		case err == nil:
			return tokenOf(ctx, client, k, grant)
		case !again || try == tries:
			return nil, continueFailed(ctx, client, k, err)
		}
		pause := max(k.Wait, time.Second)
		term.Say("Trying again in %s: %v", pause, err)
		if err := sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

func tokenOf(ctx context.Context, client *opclient.Client, k opclient.Continue, g *opclient.Grant) (*opclient.Token, error) {
	if g.Token == nil {
		return nil, exit.WalletFailed.With("It continued the grant without a token. %s", cancelled(ctx, client, k))
	}
	return g.Token, nil
}

// continueFailed says what became of the grant. With an unknown outcome a token
// may be alive that nobody knows: the grant is cancelled.
func continueFailed(ctx context.Context, client *opclient.Client, k opclient.Continue, err error) error {
	switch {
	case errors.Is(err, opclient.ErrOutcomeUnknown):
		return exit.OutcomeUnknown.With("%w. %s", err, cancelled(ctx, client, k))
	case opclient.HasCode(err, opclient.CodeInvalidClient):
		return exit.KeyRefused.With("%w", err)
	case errors.Is(err, opclient.ErrRefused):
		return exit.WalletRefused.With("%w", err)
	}
	return exit.WalletFailed.With("%w", err)
}

// cancelled cancels the grant, and is a sentence that says whether it is.
func cancelled(ctx context.Context, client *opclient.Client, k opclient.Continue) string {
	err := client.Cancel(context.WithoutCancel(ctx), k)
	if err != nil && !opclient.HasCode(err, opclient.CodeInvalidContinuation) { // which says that there is none
		return "The grant could not be cancelled either; revoke it in the wallet."
	}
	return "The grant was cancelled at the wallet."
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func tenths(d time.Duration) time.Duration { return d.Round(100 * time.Millisecond) }
