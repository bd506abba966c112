package consent

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/url"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// An Asked grant is one that waits for the user.
type Asked struct {
	Grant   *opclient.Grant
	client  *opclient.Client
	pending opclient.Pending
	at      time.Time // when the server answered
}

// Ask requests a grant that the user of the wallet must consent to. An empty
// nonce is a random one.
func Ask(ctx context.Context, client *opclient.Client, authServer string, access opclient.Access, finish *url.URL, nonce opclient.Secret) (*Asked, error) {
	if nonce == "" {
		nonce = newNonce()
	}
	grant, err := client.RequestGrant(ctx, authServer, opclient.GrantRequest{
		Access: []opclient.Access{access},
		Finish: &opclient.Finish{URI: finish.String(), Nonce: nonce},
	})
	if err != nil {
		return nil, cli.RequestError(err)
	}
	if grant.Interact == nil {
		return nil, notInteractive(ctx, client, grant)
	}
	return &Asked{
		Grant:   grant,
		client:  client,
		pending: opclient.Pending{GrantEndpoint: authServer, Nonce: nonce, Finish: grant.Interact.Finish},
		at:      time.Now(),
	}, nil
}

// notInteractive gives back what was given without asking the user.
func notInteractive(ctx context.Context, client *opclient.Client, grant *opclient.Grant) error {
	if err := client.Cancel(context.WithoutCancel(ctx), grant.Continue); err != nil {
		return exit.NotInteractive.With("The wallet gave a token without asking the user, and did not take it back: %w", err)
	}
	return exit.NotInteractive.With("The wallet gave a token without asking the user; it was given back.")
}

// Token waits for the browser, and continues the grant.
func (a *Asked) Token(ctx context.Context, term *cli.Terminal, back *Return) (*opclient.Token, error) {
	ref, err := a.comeBack(ctx, term, back)
	if err != nil {
		return nil, err
	}
	k := a.Grant.Continue
	if rest := time.Until(a.at.Add(k.Wait)); rest > 0 {
		term.Say("Waiting %s more: the wallet wants %s between the request and its continuation.", tenths(rest), k.Wait)
		if err := Sleep(ctx, rest); err != nil {
			return nil, err
		}
	}
	grant, err := Continue(ctx, term, a.client, k, ref)
	if err != nil {
		return nil, err
	}
	return grant.Token, nil
}

// comeBack waits for the browser, and says so.
func (a *Asked) comeBack(ctx context.Context, term *cli.Terminal, back *Return) (interactRef string, err error) {
	limit := back.flags.Timeout
	if e := a.Grant.Interact.ExpiresIn; e > 0 && e < limit {
		limit = e // the wallet waits no longer
	}
	waiting, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	until := time.Now().Add(limit).Format(time.TimeOnly)
	if back.flags.Paste {
		term.Say("Waiting %s (until %s). When the browser ends at %s, paste that whole URL here:", limit, until, back.URL)
		interactRef, err = paste(waiting, term.In, a.pending)
	} else {
		term.Say("Waiting %s (until %s) for the browser to come back to %s", limit, until, back.URL)
		interactRef, err = a.callback(term, back.URL).wait(waiting, back.listeners)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = exit.TimedOut.With("The wait was %s; --timeout makes it longer.", limit)
	}
	return interactRef, err
}

func (a *Asked) callback(term *cli.Terminal, finish *url.URL) *callback {
	c := &callback{path: finish.Path, pending: a.pending, finished: make(chan ended, 1)}
	c.onBad = func() {
		term.Say("A link was opened whose hash is not of this grant. It was ignored; still waiting.")
	}
	if c.path == "" {
		c.path = "/"
	}
	return c
}

// newNonce is 32 random bytes.
func newNonce() opclient.Secret {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return opclient.Secret(base64.RawURLEncoding.EncodeToString(b))
}
