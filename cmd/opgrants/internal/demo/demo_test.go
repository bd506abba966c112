package demo

import (
	"bytes"
	"context"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// startDemo starts the demonstration with a wallet that lets nobody wait, and runs the
// rest of the test beside others.
func startDemo(t *testing.T) *servers {
	t.Helper()
	t.Parallel()
	s, err := startServers(t.Context(), "127.0.0.1:0", -1, RemoteService{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// secrets are all that may be shown nowhere.
func (s *servers) secrets() []string {
	all := append(s.wallet.Secrets(), s.apiToken)
	s.shop.mu.Lock()
	defer s.shop.mu.Unlock()
	for cookie := range s.shop.sessions {
		all = append(all, cookie)
	}
	return all
}

func wantNoSecret(t *testing.T, s *servers, where, text string) {
	t.Helper()
	secrets := s.secrets()
	if len(secrets) < 9 {
		t.Errorf("only %d secrets are known", len(secrets))
	}
	for _, secret := range secrets {
		if strings.Contains(text, secret) || strings.Contains(text, url.QueryEscape(secret)) {
			t.Errorf("%s holds the secret %q", where, secret)
		}
	}
}

func TestTheStepsGoWellByThemselves(t *testing.T) {
	s := startDemo(t)
	var out bytes.Buffer
	if err := runSteps(t.Context(), &cli.Terminal{Out: &out, Err: &out}, s); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	for _, want := range []string{"All 12 steps went well.", "service → wallet   POST   200", "browser → shop     GET    403",
		"shop    → wallet   POST   403", "The service rotates the token", "shop    → service  DELETE 204",
		"The shop says: You allowed 5.00 USD a day, and 3.50 USD of that is spent. 1.50 USD is left, and this coffee costs 4.00 USD: your wallet did not let us take it.\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("does not say %q:\n%s", want, &out)
		}
	}
	wantNoSecret(t, s, "the output", out.String())
	if n := s.wallet.Stats(); n.Continues != 2 || n.Rotations != 2 || n.OutgoingPayments != 5 || n.Cancels != 1 {
		t.Errorf("the wallet saw %+v", n)
	}
}

func TestAStepThatFailsFailsTheDemonstration(t *testing.T) {
	for name, c := range map[string]struct {
		op   sandbox.Op
		says string
	}{
		"the grant request":      {sandbox.OpGrant, "Step 1"},
		"the continuation":       {sandbox.OpContinue, "Step 2"},
		"the wallet in the way":  {sandbox.OpConsent, "Step 1"},
		"reading the wallet":     {sandbox.OpWallet, "Step 1"},
		"the service's own keys": {sandbox.OpKeys, "Step 1"},
		"the shop's own wallet":  {sandbox.OpCreateIncomingPayment, "Step 2"},
		"the quote":              {sandbox.OpCreateQuote, "Step 2"},
		"the payment":            {sandbox.OpCreateOutgoingPayment, "Step 2"},
		"the rotation":           {sandbox.OpRotate, "Step 7"},
		"the end":                {sandbox.OpCancel, "Step 10"},
	} {
		t.Run(name, func(t *testing.T) {
			s := startDemo(t)
			s.wallet.Fail(c.op, sandbox.Fault{Status: http.StatusBadRequest, Body: `{"error":{"code":"x","description":"x"}}`, Times: 4})
			var out bytes.Buffer
			err := runSteps(t.Context(), &cli.Terminal{Out: &out, Err: &out}, s)
			if exit.Of(err) != exit.StepFailed || !strings.Contains(err.Error(), c.says) {
				t.Errorf("ended with %d: %v", exit.Of(err), err)
			}
			if !strings.Contains(out.String(), "FAILED: ") {
				t.Errorf("printed is\n%s", &out)
			}
		})
	}
}

// atConsent is an order for 1.30 USD, or with a limit a day, in a new browser.
func atConsent(t *testing.T, s *servers, limit string) *customer {
	t.Helper()
	a := &customer{servers: s, alice: newBrowser(), stranger: newBrowser()}
	if err := a.order("1.30", limit)(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a
}

// allowed is such an order once it is allowed.
func allowed(t *testing.T, s *servers, limit string) *customer {
	t.Helper()
	a := atConsent(t, s, limit)
	if err := a.allow(130, "Thank you")(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a
}

func want(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func TestTheOrderPageShowsEachRequestAndNoSecret(t *testing.T) {
	s := startDemo(t)
	a := allowed(t, s, "5")
	want(t, a.afterTime(10*time.Minute, a.buy("1", 100, 1, "Thank you"))(t.Context()))
	want(t, a.end(t.Context()))
	end, err := a.alice.open(t.Context(), a.orderURL())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range meanings {
		switch e.what {
		case "The shop asks how the grant ended", "Back in the shop", "Back at the service without a hash: the user has not allowed it",
			"The shop reads the outgoing payment", "The shop reports that the wallet refused the token, and gets another":
			continue // not when all goes well
		}
		if !strings.Contains(end.text, template.HTMLEscapeString(e.what)) {
			t.Errorf("the page does not show %q", e.what)
		}
	}
	if strings.Contains(end.url.String(), "code=") {
		t.Errorf("the code stays in the address: %s", end.url)
	}
	wantNoSecret(t, s, "the page", end.text)
}

func TestARefusalIsNotBelievedFromALinkAlone(t *testing.T) {
	s := startDemo(t)
	a := atConsent(t, s, "")
	var id string
	s.shop.mu.Lock()
	for _, orders := range s.shop.sessions {
		for id = range orders {
		}
	}
	s.shop.mu.Unlock()
	forged, err := a.alice.open(t.Context(), s.shop.url+returnPath+"?status=rejected&order="+id)
	if err != nil {
		t.Fatal(err)
	}
	if err := forged.check(200, s.shop.url, "Your wallet asks you"); err != nil {
		t.Error(err)
	}
	end, err := a.choose(t.Context(), "accept")
	if err != nil {
		t.Fatal(err)
	}
	if err := end.check(200, s.shop.url, "Thank you"); err != nil {
		t.Error(err)
	}
}

func TestAnOrderIsShownToItsBrowserAlone(t *testing.T) {
	s := startDemo(t)
	a := atConsent(t, s, "")
	end, err := a.choose(t.Context(), "accept")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.orderAs(t.Context(), a.stranger, "1", ""); err != nil { // he has a session of his own
		t.Fatal(err)
	}
	p, err := a.stranger.open(t.Context(), end.url.String())
	if err != nil {
		t.Fatal(err)
	}
	want(t, p.check(403, s.shop.url, "Not your order"))
	for _, action := range []string{"/coffees", "/end", "/later"} {
		p, err := a.stranger.submit(t.Context(), end.url.String()+action, url.Values{"amount": {"1"}, "key": {"k"}, "by": {"10m"}})
		if err != nil {
			t.Fatal(err)
		}
		want(t, p.check(403, s.shop.url, "Not your order"))
	}
}

func TestTheShopIsOnThisMachineOnly(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "3000"} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		s, err := startServers(ctx, addr, -1, RemoteService{})
		cancel()
		if s != nil {
			_ = s.close()
		}
		if exit.Of(err) != exit.Usage {
			t.Errorf("%s: %v", addr, err)
		}
	}
}
