package consent

import (
	"context"
	"errors"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Continue sends the reference of a finish, once: again only where it is known
// not to have been used. The grant that it returns has a token.
func Continue(ctx context.Context, term *cli.Terminal, client *opclient.Client, k opclient.Continue, ref string) (*opclient.Grant, error) {
	const tries = 5 // some 15 s
	for try := 1; ; try++ {
		// An interrupt must not hit a continuation on its way: a token could be lost.
		grant, err := client.Continue(context.WithoutCancel(ctx), k, ref)
		again := opclient.HasCode(err, opclient.CodeTooFast) || errors.Is(err, opclient.ErrNotSent) && !errors.Is(err, opclient.ErrForbiddenAddress)
		switch {
		case err == nil && grant.Token == nil:
			return nil, exit.WalletFailed.With("It continued the grant without a token. %s", cancelled(ctx, client, k))
		case err == nil:
			return grant, nil
		case errors.Is(err, opclient.ErrOutcomeUnknown):
			// A token may be alive that nobody knows.
			return nil, exit.OutcomeUnknown.With("%w. The reference must not be sent again. %s", err, cancelled(ctx, client, k))
		case !again || try == tries:
			return nil, cli.RequestError(err)
		}
		pause := max(k.Wait, time.Second<<(try-1))
		term.Say("Trying again in %s: %v", pause, err)
		if err := Sleep(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// Poll asks for the token of a grant that nobody is redirected for. Without one
// the user has not answered yet. Too fast is an error of opclient's.
func Poll(ctx context.Context, client *opclient.Client, k opclient.Continue) (*opclient.Grant, error) {
	grant, err := client.Poll(context.WithoutCancel(ctx), k)
	switch {
	case err == nil, opclient.HasCode(err, opclient.CodeTooFast):
		return grant, err
	case errors.Is(err, opclient.ErrOutcomeUnknown):
		return nil, exit.OutcomeUnknown.With("%w. %s", err, cancelled(ctx, client, k))
	}
	return nil, cli.RequestError(err)
}

// cancelled cancels the grant, and is a sentence that says whether it is.
func cancelled(ctx context.Context, client *opclient.Client, k opclient.Continue) string {
	err := client.Cancel(context.WithoutCancel(ctx), k)
	if err != nil && !opclient.HasCode(err, opclient.CodeInvalidContinuation) { // which says that there is none
		return "The grant could not be cancelled either: try `opgrants cancel`, or revoke it in the wallet."
	}
	return "The grant was cancelled at the wallet. Ask for a new one."
}

// Sleep waits, unless ctx is done before.
func Sleep(ctx context.Context, d time.Duration) error {
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
