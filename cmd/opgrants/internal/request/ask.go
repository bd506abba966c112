package request

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/environ"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/terminal"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/wire"
	"github.com/opgrants/opgrants/internal/netguard"
	"github.com/opgrants/opgrants/pkg/opclient"
)

// ask does all that the command does, step by step.
func (c *Command) ask(ctx context.Context, term *terminal.Terminal, env *environ.Environment, out *output) error {
	if err := c.check(); err != nil {
		return err
	}
	client, err := c.client(term, env)
	if err != nil {
		return err
	}
	finishURL, addr, err := c.finishURL()
	if err != nil {
		return err
	}
	var listeners []net.Listener
	if addr != "" { // before anything is sent: a port may be busy
		if listeners, err = listen(addr); err != nil {
			return err
		}
		defer closeAll(listeners)
		takePort(finishURL, listeners[0])
	}
	asked, err := c.request(ctx, client, finishURL)
	if err != nil {
		return err
	}
	if err := out.pending(asked.grant); err != nil || c.NoWait {
		return err
	}
	ref, err := c.comeBack(ctx, term, asked, listeners)
	if err != nil {
		return err
	}
	token, err := proceed(ctx, term, client, asked, ref)
	if err != nil {
		return err
	}
	return out.granted(token)
}

func (c *Command) client(term *terminal.Terminal, env *environ.Environment) (*opclient.Client, error) {
	key, err := c.readKey(env)
	if err != nil {
		return nil, err
	}
	config := opclient.Config{WalletAddress: c.ClientWallet, KeyID: c.KeyID, Key: key, InsecureAllowLocal: c.InsecureLocal}
	if c.Trace {
		config.HTTP = &http.Client{Transport: &wire.Transport{
			Base: netguard.NewTransport(netguard.Options{InsecureAllowLocal: c.InsecureLocal}),
			Mask: new(wire.Mask),
			// Errors of stderr are nobody's to hear.
			Record: func(x wire.Exchange) { _ = x.Print(term.Err) },
		}}
	}
	client, err := opclient.New(config)
	if err != nil {
		return nil, exit.Usage.With("--client-wallet or --key-id: %s. %s", reason(err), hint(c.ClientWallet))
	}
	return client, nil
}

// An asked grant is one that waits for the user.
type asked struct {
	grant   *opclient.Grant
	pending opclient.Pending
	finish  *url.URL
	at      time.Time // when the server answered
}

func (c *Command) request(ctx context.Context, client *opclient.Client, finish *url.URL) (*asked, error) {
	wallet, err := client.WalletAddress(ctx, c.Wallet)
	if err != nil {
		return nil, walletFailed(c.Wallet, err)
	}
	limits, err := c.limits(wallet)
	if err != nil {
		return nil, err
	}
	nonce := opclient.Secret(c.Nonce)
	if nonce == "" {
		nonce = newNonce()
	}
	grant, err := client.RequestGrant(ctx, wallet.AuthServer, opclient.GrantRequest{
		Access: []opclient.Access{{
			Type: opclient.TypeOutgoingPayment, Actions: c.Actions, Identifier: wallet.ID, Limits: limits,
		}},
		Finish: &opclient.Finish{URI: finish.String(), Nonce: nonce},
	})
	if err != nil {
		return nil, requestFailed(err)
	}
	if grant.Interact == nil {
		return nil, notInteractive(ctx, client, grant)
	}
	return &asked{
		grant:   grant,
		pending: opclient.Pending{GrantEndpoint: wallet.AuthServer, Nonce: nonce, Finish: grant.Interact.Finish},
		finish:  finish,
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

// comeBack waits for the browser, and says so.
func (c *Command) comeBack(ctx context.Context, term *terminal.Terminal, a *asked, listeners []net.Listener) (string, error) {
	limit := c.Timeout
	if e := a.grant.Interact.ExpiresIn; e > 0 && e < limit {
		limit = e // the wallet waits no longer
	}
	waiting, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	until := time.Now().Add(limit).Format(time.TimeOnly)
	var ref string
	var err error
	if c.Paste {
		term.Say("Waiting %s (until %s). When the browser ends at %s, paste that whole URL here:", limit, until, a.finish)
		ref, err = paste(waiting, term.In, a.pending)
	} else {
		term.Say("Waiting %s (until %s) for the browser to come back to %s", limit, until, a.finish)
		back := &callback{path: a.finish.Path, pending: a.pending, finished: make(chan finish, 1),
			onBad: func() {
				term.Say("A link was opened whose hash is not of this grant. It was ignored; still waiting.")
			}}
		if back.path == "" {
			back.path = "/"
		}
		ref, err = back.wait(waiting, listeners)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = exit.TimedOut.With("The wait was %s; --timeout makes it longer.", limit)
	}
	return ref, err
}

// takePort puts the port that was found free into a finish URL that left it open.
func takePort(finish *url.URL, l net.Listener) {
	if finish.Port() == "0" {
		_, port, _ := net.SplitHostPort(l.Addr().String())
		finish.Host = net.JoinHostPort(finish.Hostname(), port)
	}
}

func closeAll(listeners []net.Listener) {
	for _, l := range listeners {
		_ = l.Close()
	}
}

// newNonce is 32 random bytes.
func newNonce() opclient.Secret {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return opclient.Secret(base64.RawURLEncoding.EncodeToString(b))
}
