package demo

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/demo/shop"
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
	return append(append(s.wallet.Secrets(), s.apiToken), s.shop.Secrets()...)
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
	if err := runSteps(t.Context(), cli.OutputFlags{}.To(&cli.Terminal{Out: &out, Err: &out}), s); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	for _, want := range []string{"All 12 steps went well.", "service → wallet   POST   200", "browser → shop     GET    403",
		"service → wallet   POST   403", "The service rotates the token", "shop    → service  POST   402", "shop    → service  DELETE 204",
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
		"the shop's own wallet":  {sandbox.OpCreateIncomingPayment, "Step 1"},
		"the quote":              {sandbox.OpCreateQuote, "Step 1"},
		"the payment":            {sandbox.OpCreateOutgoingPayment, "Step 2"},
		"the rotation":           {sandbox.OpRotate, "Step 7"},
		"the end":                {sandbox.OpCancel, "Step 10"},
	} {
		t.Run(name, func(t *testing.T) {
			s := startDemo(t)
			s.wallet.Fail(c.op, sandbox.Fault{Status: http.StatusBadRequest, Body: `{"error":{"code":"x","description":"x"}}`, Times: 4})
			var out bytes.Buffer
			err := runSteps(t.Context(), cli.OutputFlags{}.To(&cli.Terminal{Out: &out, Err: &out}), s)
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
	for _, says := range []string{
		"The order. The shop answers with a redirect to the wallet", "The shop asks for a grant: up to the limit, every day",
		"The service reads a wallet address", "The service asks for the grant that the user is asked about", "The wallet asks its user",
		"The user answers", "The wallet redirects the browser to the service", "The service verifies the hash",
		"The service continues the grant with the interact_ref, once", "Back in the shop, with a one-time code",
		"The shop sends the code, and asks for the payment", "grant for incoming payments; nobody needs to consent",
		"The service creates an incoming payment", "The service gets a quote", "The service makes the payment from the quote, once",
		"The service asks the shop&#39;s wallet what has arrived", "The shop asks how much of the permission is spent",
		"The service reads how much of the permission is spent", "The shop reads how it stands", "Another coffee", "The shop asks for a payment",
		"The service rotates the token", "The customer ends the permission", "The shop ends the grant", "The service cancels the grant",
		`<span class="lanes f0 t1" role="img" aria-label="from browser to shop">`, `<span class="lanes f2 t3" role="img" aria-label="from service to wallet">`,
		"What is signed", "&#34;@method&#34;: POST", "&#34;authorization&#34;: GNAP [masked]", "keyid=&#34;shop-key-1&#34;", "nonce=&#34;[masked]&#34;",
	} {
		if !strings.Contains(end.text, says) {
			t.Errorf("the page does not show %q", says)
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
	front, err := a.alice.open(t.Context(), s.shop.URL)
	if err != nil {
		t.Fatal(err)
	}
	_, id, _ := strings.Cut(front.text, `href="/orders/`) // the order that waits
	id, _, _ = strings.Cut(id, `"`)
	forged, err := a.alice.open(t.Context(), s.shop.URL+shop.ReturnPath+"?status=rejected&order="+id)
	if err != nil {
		t.Fatal(err)
	}
	if err := forged.check(200, s.shop.URL, "Your wallet asks you"); err != nil {
		t.Error(err)
	}
	end, err := a.choose(t.Context(), "accept")
	if err != nil {
		t.Fatal(err)
	}
	if err := end.check(200, s.shop.URL, "Thank you"); err != nil {
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
	want(t, p.check(403, s.shop.URL, "Not your order"))
	for _, action := range []string{"/coffees", "/end", "/later"} {
		p, err := a.stranger.submit(t.Context(), end.url.String()+action, url.Values{"amount": {"1"}, "key": {"k"}, "by": {"10m"}})
		if err != nil {
			t.Fatal(err)
		}
		want(t, p.check(403, s.shop.URL, "Not your order"))
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
