package main

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// as is a command line of this place's client; later flags win.
func (p *place) as(command string, more ...string) []string {
	return append([]string{command, "--insecure-local", "--client-wallet", p.client, "--key", p.key, "--key-id", "key-1"}, more...)
}

// printed are the NAME = value lines of a command's output.
func printed(out string) map[string]string {
	vars := map[string]string{}
	for line := range strings.Lines(out) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), " = "); found {
			vars[name] = value
		}
	}
	return vars
}

// asked is what `request --no-wait` printed, and the link to consent.
func (p *place) asked(t *testing.T) (vars map[string]string, link string) {
	t.Helper()
	got := runs(t, nil, p.request("--no-wait", "--debit", "130")...)
	if got.code != exit.OK {
		t.Fatalf("ended with %d:\n%s", got.code, got.err)
	}
	_, link, _ = strings.Cut(got.out, interactLine)
	link, _, _ = strings.Cut(link, "\n")
	return printed(got.out), link
}

// consented is what was printed, and the reference that the browser came back with.
func (p *place) consented(t *testing.T) (vars map[string]string, ref string) {
	t.Helper()
	vars, link := p.asked(t)
	u, err := url.Parse(must(t)(p.wallet.Approve(link)))
	if err != nil {
		t.Fatal(err)
	}
	return vars, u.Query().Get("interact_ref")
}

// polled is a grant that nobody is redirected for.
func (p *place) polled(t *testing.T) (vars map[string]string, link string) {
	t.Helper()
	client := p.opclient(t)
	grant, err := client.RequestGrant(t.Context(), p.wallet.AuthServer(), opclient.GrantRequest{Interact: true,
		Access: []opclient.Access{{Type: opclient.TypeOutgoingPayment, Actions: []string{"create"}, Identifier: p.alice}}})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"CONTINUE_URI": grant.Continue.URI, "CONTINUE_ACCESS_TOKEN": string(grant.Continue.Token)}, grant.Interact.Redirect
}

var twoLines = regexp.MustCompile(`^ACCESS_TOKEN = \S+\nMANAGE_URL = http://\S+\n$`)

func TestContinuePrintsTheToken(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	vars, ref := p.consented(t)
	got := runs(t, vars, p.as("continue", "--interact-ref", ref, "--trace")...)
	if got.code != exit.OK || !twoLines.MatchString(got.out) {
		t.Fatalf("ended with %d:\n%s%s", got.code, got.out, got.err)
	}
	if !p.wallet.Active(printed(got.out)["ACCESS_TOKEN"]) {
		t.Error("the token does not work")
	}
	wantNoSecretOf(t, p, got.err)
}

// wantNoSecretOf searches a trace or a log.
func wantNoSecretOf(t *testing.T, p *place, text string) {
	t.Helper()
	secrets := p.wallet.Secrets()
	if len(secrets) < 5 || len(text) == 0 {
		t.Errorf("only %d secrets are known, and %d bytes are searched", len(secrets), len(text))
	}
	for _, s := range secrets {
		if strings.Contains(text, s) || strings.Contains(text, url.QueryEscape(s)) {
			t.Errorf("the secret %q is shown:\n%s", s, text)
		}
	}
}

func TestAReferenceIsSentOnce(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	vars, ref := p.consented(t)
	p.wallet.Fail(sandbox.OpContinue, sandbox.Fault{Act: true, Drop: true})
	wantEnding(t, runs(t, vars, p.as("continue", "--interact-ref", ref)...), exit.OutcomeUnknown,
		"must not be sent again", "The grant was cancelled at the wallet.")
	if s := p.wallet.Stats(); s.Continues != 1 || s.LiveTokens != 0 {
		t.Errorf("%d continuations, %d live tokens", s.Continues, s.LiveTokens)
	}
	t.Run("and the wallet knows no such grant then", func(t *testing.T) {
		wantEnding(t, runs(t, vars, p.as("continue", "--interact-ref", ref)...), exit.WalletRefused, "knows no such grant")
	})
}

func TestAContinuationThatCannotBeCancelledSaysWhatToDo(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	vars, ref := p.consented(t)
	p.wallet.Fail(sandbox.OpContinue, sandbox.Fault{Status: 500})
	p.wallet.Fail(sandbox.OpCancel, sandbox.Fault{Status: 500})
	wantEnding(t, runs(t, vars, p.as("continue", "--interact-ref", ref)...), exit.OutcomeUnknown, "opgrants cancel")
}

func TestContinueWithoutAReferencePolls(t *testing.T) {
	t.Parallel() // it waits
	p := newPlace(t, sandbox.Config{Wait: time.Second})
	t.Run("until the user has answered", func(t *testing.T) {
		vars, link := p.polled(t)
		r := start(t, vars, p.as("continue", "--trace")...)
		r.wants(t, "The wallet requires a longer wait. Asking again in ")
		r.wants(t, "The user has not answered yet. Asking again in 1s.")
		_ = must(t)(p.wallet.Approve(link))
		got := r.end(t)
		if got.code != exit.OK || !twoLines.MatchString(got.out) || !p.wallet.Active(printed(got.out)["ACCESS_TOKEN"]) {
			t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
		}
		wantNoSecretOf(t, p, got.err)
	})
	t.Run("for so long", func(t *testing.T) {
		vars, _ := p.polled(t)
		wantEnding(t, runs(t, vars, p.as("continue", "--timeout", "10ms")...), exit.TimedOut, "go on polling")
	})
	t.Run("until the command is interrupted", func(t *testing.T) {
		p := newPlace(t, sandbox.Config{Wait: time.Minute}) // which is not over yet on a busy machine
		vars, _ := p.polled(t)
		r := start(t, vars, p.as("continue")...)
		r.wants(t, "The wallet requires")
		r.cancel()
		wantEnding(t, r.end(t), exit.Interrupted)
	})
}

func TestPollingOfUnknownOutcomeCancelsTheGrant(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	vars, link := p.polled(t)
	_ = must(t)(p.wallet.Approve(link))
	p.wallet.Fail(sandbox.OpContinue, sandbox.Fault{Act: true, Drop: true})
	wantEnding(t, runs(t, vars, p.as("continue")...), exit.OutcomeUnknown, "The grant was cancelled at the wallet.")
	if n := p.wallet.Stats().LiveTokens; n != 0 {
		t.Errorf("%d tokens work that nobody has", n)
	}
}

func TestAContinuationThatIsRefusedSaysWhatItMayMean(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	t.Run("a grant with a finish cannot be polled", func(t *testing.T) {
		vars, _ := p.consented(t)
		wantEnding(t, runs(t, vars, p.as("continue")...), exit.WalletRefused, "needs --interact-ref")
	})
	t.Run("a reference of another grant", func(t *testing.T) {
		vars, _ := p.consented(t)
		_, other := p.consented(t)
		wantEnding(t, runs(t, vars, p.as("continue", "--interact-ref", other)...), exit.WalletRefused, "knows no such grant with that interact_ref")
	})
	t.Run("the user refused", func(t *testing.T) {
		vars, link := p.polled(t)
		_ = must(t)(p.wallet.Refuse(link))
		wantEnding(t, runs(t, vars, p.as("continue")...), exit.WalletRefused, "The user may have refused")
	})
}

func TestCancelEndsAGrantInWhateverState(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	for name, state := range map[string]func() map[string]string{
		"pending":   func() map[string]string { vars, _ := p.asked(t); return vars },
		"consented": func() map[string]string { vars, _ := p.consented(t); return vars },
		"with a token": func() map[string]string {
			vars, ref := p.consented(t)
			runs(t, vars, p.as("continue", "--interact-ref", ref)...)
			return vars
		},
	} {
		t.Run(name, func(t *testing.T) {
			vars := state()
			got := runs(t, vars, p.as("cancel")...)
			if got.code != exit.OK || got.out != "" || !strings.Contains(got.err, "The grant is cancelled") {
				t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
			}
			if n := p.wallet.Stats().LiveTokens; n != 0 {
				t.Errorf("%d tokens still work", n)
			}
			wantEnding(t, runs(t, vars, p.as("cancel")...), exit.WalletRefused, "ended before")
		})
	}
	t.Run("and says when that is not known", func(t *testing.T) {
		vars, _ := p.asked(t)
		p.wallet.Fail(sandbox.OpCancel, sandbox.Fault{Drop: true})
		wantEnding(t, runs(t, vars, p.as("cancel")...), exit.OutcomeUnknown, "Cancel again")
	})
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	uri, token := map[string]string{"CONTINUE_URI": p.wallet.URL()}, map[string]string{"CONTINUE_ACCESS_TOKEN": "x"}
	manage := map[string]string{"MANAGE_URL": p.wallet.URL()}
	for name, c := range map[string]struct {
		command string
		env     map[string]string
		says    string
	}{
		"continue needs a URI":       {"continue", token, "CONTINUE_URI"},
		"continue needs a token":     {"continue", uri, "CONTINUE_ACCESS_TOKEN"},
		"cancel needs a token":       {"cancel", uri, "CONTINUE_ACCESS_TOKEN"},
		"rotate needs a URL":         {"rotate", map[string]string{"ACCESS_TOKEN": "x"}, "MANAGE_URL"},
		"rotate needs a token":       {"rotate", manage, "ACCESS_TOKEN"},
		"revoke needs a token":       {"revoke", manage, "ACCESS_TOKEN"},
		"continue polls for a while": {"continue --timeout 0s", map[string]string{"CONTINUE_URI": "x", "CONTINUE_ACCESS_TOKEN": "x"}, "--timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			command := strings.Fields(c.command)
			wantEnding(t, runs(t, c.env, p.as(command[0], command[1:]...)...), exit.Usage, c.says)
		})
	}
	t.Run("the key", func(t *testing.T) {
		for _, command := range []string{"continue", "cancel", "rotate", "revoke"} {
			wantEnding(t, runs(t, nil, command, "--client-wallet", p.client, "--key-id", ""), exit.Usage, "--key-id")
		}
	})
	t.Run("a token is no argument", func(t *testing.T) {
		wantEnding(t, runs(t, manage, p.as("rotate", "--access-token", "x")...), exit.Usage, "--access-token")
	})
}
