package main

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// pay is a command line of `opgrants pay` at this place; later flags win.
func (p *place) pay(more ...string) []string {
	return p.as("pay", append([]string{"--wallet", p.alice, "--to", p.client, "--finish", "http://localhost:0"}, more...)...)
}

// allows waits for the question to the payer, and answers it.
func (p *place) allows(t *testing.T, r *running) {
	t.Helper()
	browse(t, must(t)(p.wallet.Approve(r.wants(t, interactLine))))
}

// pays runs the command to its end, with a payer who allows it.
func (p *place) pays(t *testing.T, more ...string) ending {
	t.Helper()
	r := start(t, nil, p.pay(more...)...)
	p.allows(t, r)
	return r.end(t)
}

// wantPaid checks what has left Alice's wallet, in how many payments.
func (p *place) wantPaid(t *testing.T, cents uint64, payments int) {
	t.Helper()
	balance, err := p.wallet.Balance(p.alice)
	if err != nil {
		t.Fatal(err)
	}
	made, err := p.wallet.OutgoingPayments(p.alice)
	if err != nil {
		t.Fatal(err)
	}
	if left := 100_000 - balance; left != cents || len(made) != payments {
		t.Errorf("%d payments took %d cents; want %d, and %d", len(made), left, payments, cents)
	}
}

func TestPayMakesOnePayment(t *testing.T) {
	t.Parallel()
	p := newPlace(t, sandbox.Config{})
	got := p.pays(t, "--receive", "130", "--trace")
	if got.code != exit.OK {
		t.Fatalf("ended with %d:\n%s", got.code, got.err)
	}
	u := regexp.QuoteMeta(p.wallet.URL())
	want := regexp.MustCompile(`^INCOMING_PAYMENT_URL = ` + u + `\S+
QUOTE_URL = ` + u + `\S+
` + interactLine + u + `\S+
CONTINUE_ACCESS_TOKEN = \S+
CONTINUE_URI = ` + u + `\S+
ACCESS_TOKEN = \S+
MANAGE_URL = ` + u + `\S+
OUTGOING_PAYMENT_URL = ` + u + `\S+
$`)
	if !want.MatchString(got.out) {
		t.Errorf("printed is\n%s", got.out)
	}
	for _, line := range []string{"1. Read the wallet addresses", "   Alice (" + p.alice + ") pays Client (" + p.client + ")",
		"   1.30 USD leaves, 1.30 USD arrives", "8. Create the outgoing payment from the quote", "   1.30 USD arrived.", "   1.30 USD of the grant is spent."} {
		if !strings.Contains(got.err, line+"\n") {
			t.Errorf("does not show %q:\n%s", line, got.err)
		}
	}
	p.wantPaid(t, 130, 1)
	wantNoSecretOf(t, p, got.err)
}

func TestConsentIsForThatPaymentAlone(t *testing.T) {
	t.Parallel()
	p := newPlace(t, sandbox.Config{})
	got := p.pays(t, "--receive", "130", "--json")
	var o struct {
		Access []struct {
			Actions []string
			Limits  struct {
				DebitAmount struct{ Value string }
				Receiver    string
			}
		}
		IncomingPaymentURL, QuoteURL, OutgoingPaymentURL string
		DebitAmount, ReceiveAmount                       struct{ Value, AssetCode string }
	}
	if err := json.Unmarshal([]byte(got.out), &o); err != nil || len(o.Access) != 1 {
		t.Fatalf("%v: %s", err, got.out)
	}
	if a := o.Access[0]; a.Limits.DebitAmount.Value != "130" || a.Limits.Receiver != o.IncomingPaymentURL || o.IncomingPaymentURL == "" {
		t.Errorf("granted is %+v", a)
	}
	if o.QuoteURL == "" || o.OutgoingPaymentURL == "" || o.DebitAmount.Value != "130" || o.ReceiveAmount.AssetCode != "USD" {
		t.Errorf("the object is %s", got.out)
	}
}

func TestWhatLeavesAndWhatArrivesMayDiffer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		flags  []string
		shows  string
		leaves uint64
	}{
		"so much leaves":  {[]string{"--debit", "1000"}, "10.00 USD leaves, 1300 JPY arrives", 1000},
		"so much arrives": {[]string{"--receive", "1300"}, "10.00 USD leaves, 1300 JPY arrives", 1000},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t, sandbox.Config{Rates: map[string]float64{"USD": 130, "JPY": 1}})
			to := must(t)(p.wallet.AddWallet(sandbox.Wallet{Name: "bob", AssetCode: "JPY"}))
			got := p.pays(t, append(c.flags, "--to", to)...)
			if got.code != exit.OK || !strings.Contains(got.err, c.shows) || !strings.Contains(got.err, "1300 JPY arrived.") {
				t.Errorf("ended with %d:\n%s", got.code, got.err)
			}
			p.wantPaid(t, c.leaves, 1)
		})
	}
}

func TestAPayerWhoDoesNotConsentPaysNothing(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	r := start(t, nil, p.pay("--debit", "130")...)
	browse(t, must(t)(p.wallet.Refuse(r.wants(t, interactLine))))
	wantEnding(t, r.end(t), exit.UserRefused)
	r = start(t, nil, p.pay("--debit", "130")...)
	r.wants(t, "Waiting")
	r.cancel()
	wantEnding(t, r.end(t), exit.Interrupted)
	wantEnding(t, runs(t, nil, p.pay("--debit", "130", "--timeout", "10ms")...), exit.TimedOut)
	p.wantPaid(t, 0, 0)
}

func TestEachStepBeforeTheConsentCanFail(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	refused := sandbox.Fault{Status: 403, Body: `{"error":{"code":"403","description":"Insufficient Grant"}}`}
	for name, c := range map[string]struct {
		op    sandbox.Op
		fault sandbox.Fault
		flags []string
		code  exit.Code
		says  string
	}{
		"no such wallet is paid":             {"", sandbox.Fault{}, []string{"--to", p.wallet.URL() + "/nobody"}, exit.UnknownWallet, "/nobody"},
		"no such wallet pays":                {"", sandbox.Fault{}, []string{"--wallet", p.wallet.URL() + "/nobody"}, exit.UnknownWallet, "/nobody"},
		"an amount with a point":             {"", sandbox.Fault{}, []string{"--receive", "1.30"}, exit.Usage, "for 1.30 USD write --receive 130."},
		"the incoming payment's grant":       {sandbox.OpGrant, sandbox.Fault{Status: 400, Body: `{"error":{"code":"invalid_request"}}`}, nil, exit.WalletRefused, "invalid_request"},
		"the incoming payment's grant, lost": {sandbox.OpGrant, sandbox.Fault{Drop: true}, nil, exit.WalletFailed, "request the grant"},
		"the incoming payment":               {sandbox.OpCreateIncomingPayment, refused, nil, exit.WalletRefused, "The grant does not allow this"},
		"the quote":                          {sandbox.OpCreateQuote, sandbox.Fault{Status: 400, Body: `{"error":{"code":"400","description":"invalid receiver"}}`}, nil, exit.WalletRefused, "The receiver cannot be paid"},
		"the quote, lost":                    {sandbox.OpCreateQuote, sandbox.Fault{Drop: true}, nil, exit.WalletFailed, "create the quote"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.op != "" {
				p.wallet.Fail(c.op, c.fault)
			}
			got := runs(t, nil, p.pay(append([]string{"--receive", "130"}, c.flags...)...)...)
			wantEnding(t, got, c.code, c.says)
			if strings.Contains(got.out, "ACCESS_TOKEN") {
				t.Errorf("printed is\n%s", got.out)
			}
		})
	}
	t.Run("a wallet that wants consent to be paid", func(t *testing.T) {
		p.wallet.Fail(sandbox.OpGrant, sandbox.Fault{Status: 200, Body: `{"interact":{"redirect":"` + p.wallet.URL() + `/x","finish":"f"},
			"continue":{"access_token":{"value":"c"},"uri":"` + p.wallet.URL() + `/auth/continue/1"}}`})
		wantEnding(t, runs(t, nil, p.pay("--receive", "130")...), exit.WalletRefused, "wants somebody's consent")
	})
	p.wantPaid(t, 0, 0)
}

func TestWhatToPayMustBeClear(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	for name, c := range map[string]struct {
		flags []string
		says  string
	}{
		"nothing is paid":               {nil, "--debit"},
		"two amounts":                   {[]string{"--debit", "1", "--receive", "1"}, "--debit"},
		"a quote and an amount":         {[]string{"--quote", p.wallet.URL() + "/op/quotes/1", "--debit", "1"}, "leave out"},
		"a finish that cannot be heard": {[]string{"--debit", "1", "--finish", "https://shop.example/"}, "--paste"},
	} {
		t.Run(name, func(t *testing.T) {
			wantEnding(t, runs(t, nil, p.pay(c.flags...)...), exit.Usage, c.says)
		})
	}
	t.Run("nobody is paid", func(t *testing.T) {
		wantEnding(t, runs(t, nil, p.as("pay", "--debit", "1")...), exit.Usage, "--to is missing")
	})
	t.Run("a quote without its token", func(t *testing.T) {
		wantEnding(t, runs(t, nil, p.as("pay", "--quote", p.wallet.URL()+"/op/quotes/1")...), exit.Usage, "ACCESS_TOKEN")
	})
	if n := p.wallet.Stats().GrantRequests; n != 0 {
		t.Errorf("%d grants were requested", n)
	}
}
