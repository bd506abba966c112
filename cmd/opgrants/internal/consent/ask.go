package consent

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// A Pending grant waits for the user's consent.
type Pending struct {
	Grant   *opclient.Grant
	client  *opclient.Client
	pending opclient.Pending
	at      time.Time // time of the server's answer
}

// Ask requests a grant that the user of the wallet must consent to. If nonce is empty,
// it makes a random one.
func Ask(ctx context.Context, client *opclient.Client, authServer string, access opclient.Access, finish *url.URL, nonce opclient.Secret) (*Pending, error) {
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
	return &Pending{
		Grant:   grant,
		client:  client,
		pending: opclient.Pending{GrantEndpoint: authServer, Nonce: nonce, Finish: grant.Interact.Finish},
		at:      time.Now(),
	}, nil
}

// notInteractive cancels a grant that was given without asking the user, and returns
// the error of the command.
func notInteractive(ctx context.Context, client *opclient.Client, grant *opclient.Grant) error {
	if err := client.Cancel(context.WithoutCancel(ctx), grant.Continue); err != nil {
		return exit.NotInteractive.With("The wallet gave a token without asking the user, and the grant could not be cancelled: %w", err)
	}
	return exit.NotInteractive.With("The wallet gave a token without asking the user. The grant was cancelled.")
}

// Token waits for the browser, continues the grant and returns its token.
func (p *Pending) Token(ctx context.Context, term *cli.Terminal, back *Return) (*opclient.Token, error) {
	ref, err := p.waitForBrowser(ctx, term, back)
	if err != nil {
		return nil, err
	}
	k := p.Grant.Continue
	if rest := time.Until(p.at.Add(k.Wait)); rest > 0 {
		term.Say("Waiting %s more: the wallet requires %s between the request and the continue.", tenths(rest), k.Wait)
		if err := Sleep(ctx, rest); err != nil {
			return nil, err
		}
	}
	grant, err := Continue(ctx, term, p.client, k, ref)
	if err != nil {
		return nil, err
	}
	return grant.Token, nil
}

// waitForBrowser waits for the browser and returns the interact_ref that it brings.
func (p *Pending) waitForBrowser(ctx context.Context, term *cli.Terminal, back *Return) (interactRef string, err error) {
	limit := back.flags.Timeout
	if e := p.Grant.Interact.ExpiresIn; e > 0 && e < limit {
		limit = e // the wallet does not wait longer
	}
	return back.wait(ctx, term, limit, expected{
		read:    func(rawQuery string) (string, error) { return readFinish(p.pending, rawQuery) },
		ignored: "A link with a wrong hash was opened and ignored. Still waiting.",
		late:    "Nobody opened a link with the right hash in time.",
	})
}

// newNonce returns 32 random bytes in base64url.
func newNonce() opclient.Secret {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return opclient.Secret(base64.RawURLEncoding.EncodeToString(b))
}
