package opclient_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// An outcome is what Done got.
type outcome struct {
	grant *opclient.Grant
	err   error
}

// An app is a finish page with the session of one browser.
type app struct {
	*testing.T
	wallets  *sandbox.Server
	handler  *opclient.FinishHandler
	redirect string // the consent link

	mu       sync.Mutex
	pending  *opclient.PendingGrant
	outcomes []outcome
}

// openApp asks for a grant to pay 1.30 USD.
func openApp(t *testing.T, config sandbox.Config) *app {
	t.Helper()
	s, client, user := startAs(config)
	t.Cleanup(func() { _ = s.Close() })
	wallet := check(client.WalletAddress(t.Context(), user))
	grant := check(client.RequestGrant(t.Context(), wallet.AuthServer, opclient.GrantRequest{
		Access: []opclient.Access{{Type: opclient.TypeOutgoingPayment, Actions: []string{"create"}, Identifier: wallet.ID,
			Limits: &opclient.Limits{DebitAmount: &opclient.Amount{Value: "130", AssetCode: "USD", AssetScale: 2}}}},
		Finish: &opclient.Finish{URI: "https://shop.example/finish?order=7"},
	}))
	a := &app{T: t, wallets: s, redirect: grant.Interact.Redirect, pending: grant.Pending}
	a.handler = &opclient.FinishHandler{
		Client: client,
		Load: func(*http.Request) (*opclient.PendingGrant, error) {
			a.mu.Lock()
			defer a.mu.Unlock()
			return a.pending, nil
		},
		Remove: func(_ *http.Request, g *opclient.PendingGrant) (bool, error) {
			a.mu.Lock()
			defer a.mu.Unlock()
			found := a.pending == g
			a.pending = nil
			return found, nil
		},
		Done: func(w http.ResponseWriter, _ *http.Request, grant *opclient.Grant, err error) {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.outcomes = append(a.outcomes, outcome{grant, err})
			w.WriteHeader(http.StatusTeapot)
		},
	}
	return a
}

// open opens the finish page as a browser does, and returns what Done got.
func (a *app) open(finish string) outcome {
	a.Helper()
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, finish, nil))
	if w.Code != http.StatusTeapot || w.Header().Get("Referrer-Policy") != "no-referrer" || w.Header().Get("Cache-Control") != "no-store" {
		a.Errorf("the page is %d %v", w.Code, w.Header())
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.outcomes[len(a.outcomes)-1]
}

func (a *app) wants(got outcome, want error) {
	a.Helper()
	if !errors.Is(got.err, want) || got.grant != nil {
		a.Errorf("got %v, %v, want %v", got.grant, got.err, want)
	}
}

// isWaiting reports whether the session still has the grant.
func (a *app) isWaiting() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.pending != nil
}

func TestAFinishEndsWithAToken(t *testing.T) {
	a := openApp(t, sandbox.Config{Wait: -1})
	got := a.open(check(a.wallets.Approve(a.redirect)))
	if got.err != nil || got.grant.Token == nil || !a.wallets.Active(string(got.grant.Token.Value)) {
		t.Fatalf("got %v, %v", got.grant, got.err)
	}
	t.Run("and a reload asks nobody", func(t *testing.T) {
		a.wants(a.open(check(a.wallets.Reopen(a.redirect))), opclient.ErrNotWaiting)
		if n := a.wallets.Stats(); n.Continues != 1 || n.Cancels != 0 {
			t.Errorf("%+v", n)
		}
	})
}

func TestAHashCountsMoreThanAHint(t *testing.T) {
	a := openApp(t, sandbox.Config{Wait: -1})
	if got := a.open(check(a.wallets.Approve(a.redirect)) + "&result=grant_rejected"); got.err != nil {
		t.Error(got.err)
	}
}

func TestAFinishEndsWithASubject(t *testing.T) {
	a := openApp(t, sandbox.Config{Wait: -1})
	a.wallets.Fail(sandbox.OpContinue, sandbox.Fault{Edit: map[string]string{
		"access_token": "", "subject": `{"sub_ids":[{"id":"https://w.example/alice","format":"uri"}]}`}})
	got := a.open(check(a.wallets.Approve(a.redirect)))
	if got.err != nil || got.grant.Subject != "https://w.example/alice" || a.wallets.Stats().Cancels != 0 {
		t.Errorf("got %v, %v", got.grant, got.err)
	}
}

func TestTwoTabsAreOneContinuation(t *testing.T) {
	a := openApp(t, sandbox.Config{Wait: -1, Work: 50 * time.Millisecond})
	finish := check(a.wallets.Approve(a.redirect))
	var tabs, loaded sync.WaitGroup
	loaded.Add(10)
	load := a.handler.Load
	a.handler.Load = func(r *http.Request) (*opclient.PendingGrant, error) {
		g, err := load(r)
		loaded.Done()
		loaded.Wait() // all tabs have seen the grant
		return g, err
	}
	for range 10 {
		tabs.Go(func() { a.open(finish) })
	}
	tabs.Wait()
	granted := 0
	for _, o := range a.outcomes {
		if o.err == nil {
			granted++
		} else if !errors.Is(o.err, opclient.ErrNotWaiting) {
			t.Error(o.err)
		}
	}
	if n := a.wallets.Stats(); granted != 1 || n.Continues != 1 || n.Cancels != 0 || n.LiveTokens != 1 {
		t.Errorf("%d were granted: %+v", granted, n)
	}
}

func TestAWrongHashChangesNothing(t *testing.T) {
	a := openApp(t, sandbox.Config{Wait: -1})
	finish := check(a.wallets.Approve(a.redirect))
	other := openApp(t, sandbox.Config{Wait: -1})
	for name, link := range map[string]string{
		"another grant's": check(other.wallets.Approve(other.redirect)),
		"none":            "https://shop.example/finish?order=7",
		"two":             finish + "&hash=x",
		"two, one broken": finish + "&hash=%zz",
		"no query":        "https://shop.example/finish?order=7&hash=%zz",
		"changed":         strings.Replace(finish, "interact_ref=", "interact_ref=x", 1),
	} {
		t.Run(name, func(t *testing.T) {
			u, err := url.Parse("https://shop.example/finish")
			if err != nil {
				t.Fatal(err)
			}
			_, u.RawQuery, _ = strings.Cut(link, "?")
			a.wants(a.open(u.String()), opclient.ErrHash)
		})
	}
	if n := a.wallets.Stats(); !a.isWaiting() || n.Continues != 0 {
		t.Errorf("waiting: %t, %+v", a.isWaiting(), n)
	}
	if got := a.open(finish); got.err != nil {
		t.Errorf("then the right link: %v", got.err)
	}
}

func TestAFinishWithoutAHashIsAHint(t *testing.T) {
	for _, c := range []struct {
		name string
		come func(a *app) (string, error)
		want error
	}{
		{"refused", func(a *app) (string, error) { return a.wallets.Refuse(a.redirect) }, opclient.ErrUserRefused},
		{"left", func(a *app) (string, error) { return a.wallets.Leave(a.redirect) }, opclient.ErrNotConsented},
		{"opened twice", func(a *app) (string, error) {
			check(a.wallets.Approve(a.redirect))
			return a.wallets.Approve(a.redirect)
		}, opclient.ErrNotConsented},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := openApp(t, sandbox.Config{Wait: -1})
			got := a.open(check(c.come(a)))
			a.wants(got, c.want)
			if errors.Is(got.err, opclient.ErrRefused) || !a.isWaiting() || a.wallets.Stats().Continues != 0 {
				t.Errorf("it is more than a hint: %v", got.err)
			}
		})
	}
}

func TestARefusalThatTheServerConfirmsIsOne(t *testing.T) {
	a := openApp(t, sandbox.Config{Wait: -1})
	a.wallets.Fail(sandbox.OpContinue, sandbox.Fault{Status: 401, Body: `{"error":{"code":"user_denied","description":"user denied interaction"}}`})
	got := a.open(check(a.wallets.Approve(a.redirect)))
	a.wants(got, opclient.ErrUserRefused)
	if !errors.Is(got.err, opclient.ErrRefused) || a.isWaiting() {
		t.Errorf("got %v", got.err)
	}
}

func TestABrowserWithoutTheSessionGetsNothing(t *testing.T) {
	a := openApp(t, sandbox.Config{Wait: -1})
	finish := check(a.wallets.Approve(a.redirect))
	pending := a.pending
	a.pending = nil // the victim's browser
	a.wants(a.open(finish), opclient.ErrNotWaiting)
	if a.wallets.Stats().Continues != 0 {
		t.Error("the wallet was asked")
	}
	a.pending = pending
	if got := a.open(finish); got.err != nil {
		t.Errorf("the session that asked: %v", got.err)
	}
}

func TestAGrantIsCancelledIfItsTokenIsUnknown(t *testing.T) {
	for name, fault := range map[string]sandbox.Fault{
		"lost answer": {Reset: true, Act: true}, "web page": {Status: 200, Body: "<!doctype html>", Act: true}, "no token": {Edit: map[string]string{"access_token": ""}},
	} {
		t.Run(name, func(t *testing.T) {
			a := openApp(t, sandbox.Config{Wait: -1})
			a.wallets.Fail(sandbox.OpContinue, fault)
			got := a.open(check(a.wallets.Approve(a.redirect)))
			if got.err == nil || got.grant != nil || errors.Is(got.err, opclient.ErrUserRefused) {
				t.Fatalf("got %v, %v", got.grant, got.err)
			}
			if n := a.wallets.Stats(); n.LiveTokens != 0 || n.Cancels != 1 || n.Continues != 1 {
				t.Errorf("%+v", n)
			}
		})
	}
}

func TestAFinishWaitsAsLongAsTheServerAsks(t *testing.T) {
	t.Parallel()
	a := openApp(t, sandbox.Config{Wait: time.Second})
	if got := a.open(check(a.wallets.Approve(a.redirect))); got.err != nil {
		t.Error(got.err)
	}
	if n := a.wallets.Stats(); n.Continues != 1 {
		t.Errorf("it asked %d times", n.Continues)
	}
}

func TestABrowserThatLeavesLosesNoToken(t *testing.T) {
	a := openApp(t, sandbox.Config{Wait: -1})
	ctx, leave := context.WithCancel(t.Context())
	a.wallets.Fail(sandbox.OpContinue, sandbox.Fault{Before: leave})
	r := httptest.NewRequest(http.MethodGet, check(a.wallets.Approve(a.redirect)), nil).WithContext(ctx)
	a.handler.ServeHTTP(httptest.NewRecorder(), r)
	if got := a.outcomes[0]; got.err != nil || got.grant.Token == nil {
		t.Errorf("got %v, %v", got.grant, got.err)
	}
}

func TestAnErrorOfTheSessionIsTheOutcome(t *testing.T) {
	broken := errors.New("the database is away")
	a := openApp(t, sandbox.Config{Wait: -1})
	finish := check(a.wallets.Approve(a.redirect))
	a.handler.Remove = func(*http.Request, *opclient.PendingGrant) (bool, error) { return true, broken }
	a.wants(a.open(finish), broken)
	a.handler.Load = func(*http.Request) (*opclient.PendingGrant, error) { return nil, broken }
	a.wants(a.open(finish), broken)
	if a.wallets.Stats().Continues != 0 {
		t.Error("the wallet was asked")
	}
}

func TestTheFinishPageIsForGET(t *testing.T) {
	a := openApp(t, sandbox.Config{Wait: -1})
	for _, method := range []string{http.MethodHead, http.MethodPost} {
		w := httptest.NewRecorder()
		a.handler.ServeHTTP(w, httptest.NewRequest(method, check(a.wallets.Reopen(a.redirect)), nil))
		if w.Code != http.StatusMethodNotAllowed || len(a.outcomes) != 0 {
			t.Errorf("%s: %d, %d outcomes", method, w.Code, len(a.outcomes))
		}
	}
}

// A stored pending grant finishes as the one in memory does.
func TestAPendingGrantThatWasStoredFinishes(t *testing.T) {
	a := openApp(t, sandbox.Config{Wait: -1})
	stored := check(a.pending.MarshalBinary())
	a.pending = new(opclient.PendingGrant)
	if err := a.pending.UnmarshalBinary(stored); err != nil {
		t.Fatal(err)
	}
	if got := a.open(check(a.wallets.Approve(a.redirect))); got.err != nil {
		t.Error(got.err)
	}
}
