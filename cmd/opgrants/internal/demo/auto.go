package demo

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/terminal"
)

// A step is something that a person does, and what must come of it.
type step struct {
	says string
	do   func(ctx context.Context) error
}

// auto plays Alice, and a stranger, with a browser each.
func auto(ctx context.Context, term *terminal.Terminal, s *stage) error {
	a := &actor{stage: s, alice: newBrowser(), stranger: newBrowser()}
	steps := a.steps()
	for i, step := range steps {
		start := time.Now()
		err := step.do(ctx)
		if printed := a.print(term, i+1, step.says, start, err); printed != nil {
			return printed
		}
		switch {
		case ctx.Err() != nil:
			return exit.Interrupted.With("")
		case err != nil:
			return exit.StepFailed.With("Step %d: %w.", i+1, err)
		}
	}
	return term.Print("All %d steps went well. Without --auto you do them yourself, in a browser.", len(steps))
}

// An actor does the steps.
type actor struct {
	*stage
	alice, stranger *browser
	consent         *page
}

func (a *actor) steps() []step {
	return []step{
		{"Alice orders a coffee for 1.30 USD, and is sent to her wallet.", a.order(a.alice, "1.30", "once")},
		{"She allows it, and is back in the shop, which has an access token.", a.allow},
		{"A stranger opens the link by which she came back: he gets nothing.", a.steal},
		{"She reloads the wallet's link to the service: nothing is asked or given twice.", a.replay},
		{"She orders one every day, and is sent to her wallet.", a.order(a.alice, "2", "daily")},
		{"She allows it, and the shop has a second token.", a.allow},
		{"She orders a third, and is sent to her wallet.", a.order(a.alice, "0.05", "once")},
		{"She refuses it, and the shop gets no token.", a.refuse},
	}
}

// order fills in the shop's form.
func (a *actor) order(who *browser, amount, often string) func(context.Context) error {
	return func(ctx context.Context) error {
		front, err := who.open(ctx, a.shop.url)
		if err != nil {
			return err
		}
		if err := front.shows(200, a.shop.url, "How much"); err != nil {
			return err
		}
		a.consent, err = who.submit(ctx, a.shop.url+"/orders", url.Values{"amount": {amount}, "often": {often}})
		if err != nil {
			return err
		}
		value, _ := cents(amount)
		return a.consent.shows(200, a.wallet.URL(), shopName, price(value))
	}
}

func (a *actor) choose(ctx context.Context, choice string) (*page, error) {
	return a.alice.submit(ctx, a.consent.url.String(), url.Values{"choice": {choice}})
}

func (a *actor) allow(ctx context.Context) error {
	tokens := a.wallet.Stats().LiveTokens
	end, err := a.choose(ctx, "accept")
	if err != nil {
		return err
	}
	if now := a.wallet.Stats().LiveTokens; now != tokens+1 {
		return fmt.Errorf("the wallet has %d tokens that work, not %d", now, tokens+1)
	}
	return end.shows(200, a.shop.url, "Thank you", "Access token")
}

func (a *actor) refuse(ctx context.Context) error {
	tokens := a.wallet.Stats().LiveTokens
	end, err := a.choose(ctx, "reject")
	if err != nil {
		return err
	}
	if now := a.wallet.Stats().LiveTokens; now != tokens {
		return fmt.Errorf("the wallet has %d tokens that work, not %d", now, tokens)
	}
	return end.shows(200, a.shop.url, "No coffee then")
}

func (a *actor) steal(ctx context.Context) error {
	link, err := a.alice.last(a.shop.url + returnPath)
	if err != nil {
		return err
	}
	end, err := a.stranger.open(ctx, link)
	if err != nil {
		return err
	}
	return end.shows(403, a.shop.url, "Not your order")
}

func (a *actor) replay(ctx context.Context) error {
	link, err := a.alice.last(a.serviceURL)
	if err != nil {
		return err
	}
	before := a.wallet.Stats()
	end, err := a.alice.open(ctx, link)
	if err != nil {
		return err
	}
	if now := a.wallet.Stats(); now.Continues != before.Continues || now.TokensIssued != before.TokensIssued {
		return errors.New("the grant was continued again")
	}
	return end.shows(200, a.shop.url, "Thank you")
}

// last is the last URL that the browser was sent to of those that begin so.
func (b *browser) last(prefix string) (string, error) {
	for i := len(b.visited) - 1; i >= 0; i-- {
		if link := b.visited[i].String(); strings.HasPrefix(link, prefix) {
			return link, nil
		}
	}
	return "", fmt.Errorf("the browser was never sent to %s", prefix)
}

// shows checks where the browser ended, and that the page says so.
func (p *page) shows(status int, origin string, texts ...string) error {
	if !strings.HasPrefix(p.url.String(), origin) || p.status != status {
		return fmt.Errorf("the browser ended at %s%s with %d, not at %s with %d", p.url.Host, p.url.Path, p.status, origin, status)
	}
	for _, text := range texts {
		if !strings.Contains(p.text, text) {
			return fmt.Errorf("the page at %s does not say %q", p.url.Host, text)
		}
	}
	return nil
}

// print shows a step, with what went over the wire for it.
func (a *actor) print(term *terminal.Terminal, number int, says string, start time.Time, err error) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d. %s\n", number, says)
	for _, e := range a.journal.between(start, time.Time{}) {
		fmt.Fprintf(&b, "     %-7s → %-7s  %-6s %3d  %5d ms  %s\n", e.From, e.To, e.Method, e.Status, e.Milliseconds(), e.What())
	}
	if err != nil {
		fmt.Fprintf(&b, "   FAILED: %v\n", err)
	} else {
		b.WriteString("   ok\n")
	}
	return term.Print("%s", b.String())
}
