package consent

import (
	"context"
	"errors"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// Continue sends the interact_ref of a finish. It sends it again only if the server
// certainly did not use it. The grant that it returns has a token. When the outcome is
// unknown, it cancels the grant.
func Continue(ctx context.Context, term *cli.Terminal, client *opclient.Client, k opclient.Continue, ref string) (*opclient.Grant, error) {
	const tries = 5 // some 15 s
	for try := 1; ; try++ {
		// An interrupt must not stop a request under way: a token could be lost.
		grant, err := client.Continue(context.WithoutCancel(ctx), k, ref)
		again := opclient.HasCode(err, opclient.CodeTooFast) || errors.Is(err, opclient.ErrNotSent) && !errors.Is(err, opclient.ErrForbiddenAddress)
		switch {
		case err == nil && grant.Token == nil:
			return nil, exit.WalletFailed.With("The wallet continued the grant without a token. %s", cancel(ctx, client, k))
		case err == nil:
			return grant, nil
		case errors.Is(err, opclient.ErrOutcomeUnknown):
			// There may be a token that works and that nobody has.
			return nil, exit.OutcomeUnknown.With("%w. The interact_ref must not be sent again. %s", err, cancel(ctx, client, k))
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

// Poll asks for the token of a grant without a finish. If the grant has no token, the
// user has not answered yet. The error has [opclient.CodeTooFast] if it asks too soon.
func Poll(ctx context.Context, client *opclient.Client, k opclient.Continue) (*opclient.Grant, error) {
	grant, err := client.Poll(context.WithoutCancel(ctx), k)
	switch {
	case err == nil, opclient.HasCode(err, opclient.CodeTooFast):
		return grant, err
	case errors.Is(err, opclient.ErrOutcomeUnknown):
		return nil, exit.OutcomeUnknown.With("%w. %s", err, cancel(ctx, client, k))
	}
	return nil, cli.RequestError(err)
}

// cancel cancels the grant and returns a sentence about the result.
func cancel(ctx context.Context, client *opclient.Client, k opclient.Continue) string {
	err := client.Cancel(context.WithoutCancel(ctx), k)
	if err != nil && !opclient.HasCode(err, opclient.CodeInvalidContinuation) { // there is no such grant
		return "The grant could not be cancelled either: try `opgrants cancel`, or revoke it in the wallet."
	}
	return "The grant was cancelled at the wallet. Ask for a new one."
}

// Sleep waits for d or until ctx is done, which is its error.
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
