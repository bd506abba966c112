package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/sandbox"
	"github.com/opgrants/opgrants/test/openapi/own"
)

// A town is a place with a service that runs as a process of its own.
type town struct {
	*place
	service string // URL
}

func newTown(t *testing.T, more ...string) *town {
	t.Helper()
	p := newPlace(t, sandbox.Config{})
	args, env := p.serve(t)
	env["RETURN_URLS"] = "http://127.0.0.1/back" // at any port
	return &town{p, described(t, startProcess(t, append(args, more...), env).url)}
}

// described returns the URL of a proxy of a service, whose requests and answers must
// be as docs/openapi.yaml says.
func described(t *testing.T, service string) string {
	t.Helper()
	target, err := url.Parse(service)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(own.Proxy(target, t.Errorf))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

// checkout is a command line of `opgrants checkout` at this town; later flags win.
func (w *town) checkout(more ...string) []string {
	return append([]string{"checkout", "--service", w.service, "--wallet", w.alice, "--receive", "130", "--finish", "http://127.0.0.1:0/back"}, more...)
}

func withToken() map[string]string { return map[string]string{"API_TOKEN": shopToken} }

// buys runs a checkout whose user allows it.
func (w *town) buys(t *testing.T, more ...string) ending {
	t.Helper()
	r := start(t, withToken(), w.checkout(more...)...)
	allow(t, r.wants(t, interactLine))
	return r.end(t)
}

func TestCheckoutTakesAPayment(t *testing.T) {
	w := newTown(t)
	got := w.buys(t, "--trace")
	if got.code != exit.OK {
		t.Fatalf("ended with %d:\n%s", got.code, got.err)
	}
	vars := printed(got.out)
	for _, name := range []string{"IDEMPOTENCY_KEY", "GRANT_ID", "PAYMENT_ID"} {
		if vars[name] == "" {
			t.Errorf("%s is not printed:\n%s", name, got.out)
		}
	}
	if vars["PAYMENT_STATUS"] != "completed" || !strings.Contains(got.err, "1.30 USD left, 1.30 USD arrived.") {
		t.Errorf("printed is\n%s%s", got.out, got.err)
	}
	if strings.Contains(got.out+got.err, shopToken) {
		t.Errorf("the token is shown:\n%s%s", got.out, got.err)
	}
	w.wantPaid(t, 130, 1)
}

func TestCheckoutPrintsOneObject(t *testing.T) {
	w := newTown(t)
	got := w.buys(t, "--json", "--description", "Coffee", "--reference", "order-7")
	var o struct {
		InteractURL, IdempotencyKey string
		Grant                       struct{ ID, Reference string }
		Payment                     struct {
			ID, Status     string
			ReceivedAmount struct{ Value string }
		}
	}
	if err := json.Unmarshal([]byte(got.out), &o); err != nil || got.code != exit.OK {
		t.Fatalf("%v: %d\n%s%s", err, got.code, got.out, got.err)
	}
	if o.InteractURL == "" || o.IdempotencyKey == "" || o.Grant.ID == "" || o.Grant.Reference != "order-7" || o.Payment.Status != "completed" || o.Payment.ReceivedAmount.Value != "130" {
		t.Errorf("%+v", o)
	}
}

func TestTheURLOfACheckoutMayBePasted(t *testing.T) {
	w := newTown(t)
	r := start(t, withToken(), w.checkout("--paste", "--finish", "http://127.0.0.1:9/back")...)
	to := back(t, must(t)(w.wallet.Approve(r.wants(t, interactLine))))
	r.wants(t, "Waiting")
	if _, err := io.WriteString(r.stdin, to.String()+"\n"); err != nil {
		t.Fatal(err)
	}
	if got := r.end(t); got.code != exit.OK || printed(got.out)["PAYMENT_STATUS"] != "completed" {
		t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
	}
	w.wantPaid(t, 130, 1)
}

// goesOn returns the command after a sentence of an error, as a shell reads it.
func goesOn(t *testing.T, text string) []string {
	t.Helper()
	at := strings.LastIndex(text, "opgrants checkout ")
	if at < 0 {
		at = strings.LastIndex(text, "opgrants pay ")
	}
	if at < 0 {
		t.Fatalf("no command is named:\n%s", text)
	}
	line, _, _ := strings.Cut(text[at:], "\n")
	words := strings.Fields(line)[1:]
	for i := range words {
		words[i] = strings.Trim(words[i], "'")
	}
	return words
}

func TestAnInterruptOfACheckoutLosesNothing(t *testing.T) {
	t.Parallel()
	t.Run("while the user is asked", func(t *testing.T) {
		t.Parallel()
		w := newTown(t)
		r := start(t, withToken(), w.checkout()...)
		r.wants(t, "Waiting")
		r.cancel()
		got := r.end(t)
		wantEnding(t, got, exit.Interrupted, "Nothing was paid.", "opgrants checkout --service ")
		again := start(t, withToken(), goesOn(t, got.err)...)
		allow(t, again.wants(t, interactLine))
		if now := again.end(t); now.code != exit.OK || printed(now.out)["GRANT_ID"] != printed(got.out)["GRANT_ID"] {
			t.Errorf("ended with %d:\n%s%s", now.code, now.out, now.err)
		}
		w.wantPaid(t, 130, 1)
	})
	t.Run("while the payment is made", func(t *testing.T) {
		t.Parallel()
		w := newTown(t)
		w.wallet.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Act: true, Delay: 2 * time.Second})
		r := start(t, withToken(), w.checkout()...)
		allow(t, r.wants(t, interactLine))
		for w.wallet.Stats().OutgoingPayments == 0 {
			time.Sleep(10 * time.Millisecond)
		}
		r.cancel()
		got := r.end(t)
		wantEnding(t, got, exit.Interrupted, "cannot pay twice.", "opgrants checkout --service ")
		now := runs(t, withToken(), goesOn(t, got.err)...)
		if now.code != exit.OK || printed(now.out)["PAYMENT_STATUS"] != "completed" {
			t.Errorf("ended with %d:\n%s%s", now.code, now.out, now.err)
		}
		w.wantPaid(t, 130, 1)
	})
	t.Run("with a real signal", func(t *testing.T) {
		t.Parallel()
		w := newTown(t)
		code, text := interrupt(t, w.checkout(), "API_TOKEN="+shopToken)
		if code != int(exit.Interrupted) || !strings.Contains(text, "opgrants checkout --service ") {
			t.Errorf("ended with %d:\n%s", code, text)
		}
	})
}

func TestACheckoutThatTheUserDoesNotAllow(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	for name, c := range map[string]struct {
		answer func(string) (string, error)
		flags  []string
		code   exit.Code
	}{
		"refused":     {w.wallet.Refuse, nil, exit.UserRefused},
		"left":        {w.wallet.Leave, nil, exit.Left},
		"too late":    {nil, []string{"--timeout", "100ms"}, exit.TimedOut},
		"a wrong one": {nil, []string{"--timeout", "1s"}, exit.WrongHash},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, withToken(), w.checkout(c.flags...)...)
			link := r.wants(t, interactLine)
			if c.answer != nil {
				browse(t, must(t)(c.answer(link)))
			}
			if c.code == exit.WrongHash {
				at := strings.TrimSpace(r.wants(t, "Waiting 1s"))
				_, at, _ = strings.Cut(at, "come back to ")
				if status, _ := browse(t, at+"?state=guessed&code=invented"); status != http.StatusBadRequest {
					t.Errorf("a link without the state gets %d", status)
				}
			}
			wantEnding(t, r.end(t), c.code)
		})
	}
	w.wantPaid(t, 0, 0)
}

// What the service says is shown with its code, its sentence, and the command to try.
func TestAProblemOfTheServiceIsShownWithWhatToTry(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	off, choosy := newTown(t, "--payments", "off"), newTown(t, "--payees", "https://wallet.example/shop")
	nobody := "http://" + freeAddr(t)
	for name, c := range map[string]struct {
		env   map[string]string
		flags []string
		code  exit.Code
		says  []string
	}{
		"no token":            {nil, nil, exit.Usage, []string{"401 unauthenticated", "API_TOKEN"}},
		"a wrong token":       {map[string]string{"API_TOKEN": "shop:no-token-0123456789-abcdef"}, nil, exit.Usage, []string{"401 unauthenticated", "API_TOKEN"}},
		"another return URL":  {withToken(), []string{"--finish", "http://127.0.0.1:0/elsewhere"}, exit.Usage, []string{"422 return_url_not_allowed", "opgrants serve --return-urls http://127.0.0.1:"}},
		"another payee":       {withToken(), []string{"--service", choosy.service, "--wallet", choosy.alice, "--to", choosy.alice}, exit.Usage, []string{"422 payee_not_allowed", "opgrants serve --payees " + choosy.alice}},
		"no such wallet":      {withToken(), []string{"--wallet", w.alice + "-nobody"}, exit.UnknownWallet, []string{"422 wallet_not_found", "opgrants checkout --help"}},
		"payments off":        {withToken(), []string{"--service", off.service}, exit.Internal, []string{"503 payments_off", "opgrants serve --payments on"}},
		"nobody there":        {withToken(), []string{"--service", nobody}, exit.NotRunning, []string{"Nobody answers at " + nobody, "opgrants serve"}},
		"not our service":     {withToken(), []string{"--service", w.wallet.URL()}, exit.Internal, []string{"not that of opgrants"}},
		"an amount of nobody": {withToken(), []string{"--receive", "1.30"}, exit.Usage, []string{"130 is 1.30 USD"}},
		"two amounts":         {withToken(), []string{"--debit", "1"}, exit.Usage, []string{"--debit"}},
		"two tokens":          {map[string]string{"API_TOKEN": "a:" + shopToken + ",b:" + otherToken}, nil, exit.Usage, []string{"several tokens"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := runs(t, c.env, w.checkout(c.flags...)...)
			wantEnding(t, got, c.code, c.says...)
			for _, token := range []string{shopToken, otherToken, "no-token-0123456789"} {
				if strings.Contains(got.out+got.err, token) {
					t.Errorf("a token is shown:\n%s%s", got.out, got.err)
				}
			}
		})
	}
	t.Run("as an object", func(t *testing.T) {
		got := runs(t, nil, w.checkout("--json")...)
		if !strings.Contains(got.out, `"problem":"unauthenticated"`) || !strings.Contains(got.out, `"code":"usage"`) {
			t.Errorf("printed is %s", got.out)
		}
	})
	w.wantPaid(t, 0, 0)
}

func TestAPaymentThatFailsSaysWhy(t *testing.T) {
	w := newTown(t)
	w.wallet.Fail(sandbox.OpCreateOutgoingPayment, sandbox.Fault{Status: 403, Body: `{"error":{"code":"403","description":"Insufficient Grant"}}`})
	wantEnding(t, w.buys(t), exit.WalletRefused, "Nothing was paid. insufficient_grant:", "opgrants checkout")
}

func TestTheTokenMayBeInAFile(t *testing.T) {
	w := newTown(t)
	file := filepath.Join(t.TempDir(), "token")
	for _, text := range []string{shopToken + "\n", "shop:" + shopToken + ":grants payments\n"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		r := start(t, nil, w.checkout("--token-file", file)...)
		r.wants(t, interactLine)
		r.cancel()
		wantEnding(t, r.end(t), exit.Interrupted, "--token-file "+file)
	}
	wantEnding(t, runs(t, nil, w.checkout("--token-file", file+"-none")...), exit.Usage, "--token-file")
}

// consentedTo is a grant of up to 5.00 USD that the user has allowed, and its code.
func (w *town) consentedTo(t *testing.T) (id, code string) {
	t.Helper()
	status, grant := call(t, "POST", w.service+"/grants", shopToken, `{"walletAddress":"`+w.alice+`","limits":{"debitAmount":{"value":"500"}},"quote":true,"returnUrl":"http://127.0.0.1/back"}`)
	if status != 201 {
		t.Fatalf("%d %v", status, grant)
	}
	to := back(t, must(t)(w.wallet.Approve(grant["consentUrl"].(string))))
	return grant["id"].(string), to.Query().Get("code")
}

func TestPayPaysThroughAService(t *testing.T) {
	w := newTown(t)
	id, code := w.consentedTo(t)
	pay := func(more ...string) ending {
		t.Helper()
		return runs(t, withToken(), append([]string{"pay", "--service", w.service, "--grant=" + id, "--to", w.client, "--receive", "130"}, more...)...)
	}
	wantEnding(t, pay(), exit.Usage, "403 code_required", "opgrants pay --code=")
	wantEnding(t, pay("--code", "invented"), exit.WrongHash, "403 wrong_code")
	first := pay("--code="+code, "--idempotency-key", "order-7")
	if first.code != exit.OK || printed(first.out)["PAYMENT_STATUS"] != "completed" {
		t.Fatalf("ended with %d:\n%s%s", first.code, first.out, first.err)
	}
	again := pay("--idempotency-key", "order-7")
	if printed(again.out)["PAYMENT_ID"] != printed(first.out)["PAYMENT_ID"] {
		t.Errorf("the same key is another payment:\n%s%s", again.out, again.err)
	}
	w.wantPaid(t, 130, 1)
	if got := pay("--json"); got.code != exit.OK || !strings.Contains(got.out, `"status":"completed"`) {
		t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
	}
	wantEnding(t, pay("--receive", "900"), exit.WalletRefused, "insufficient_grant:")
	wantEnding(t, pay("--idempotency-key", "order-7", "--receive", "1"), exit.Usage, "422 idempotency_key_reused")
	w.wantPaid(t, 260, 2)
}

func TestAPaymentThroughAServiceIsFollowed(t *testing.T) {
	t.Parallel()
	w := newTown(t)
	id, code := w.consentedTo(t)
	w.wallet.Fail(sandbox.OpCreateQuote, sandbox.Fault{Status: 500}) // which passes
	pay := []string{"pay", "--service", w.service, "--grant=" + id, "--to", w.client, "--receive", "130", "--code=" + code}
	got := runs(t, withToken(), pay...)
	if got.code != exit.OK || !strings.Contains(got.err, "Trying again in") || printed(got.out)["PAYMENT_STATUS"] != "completed" {
		t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
	}
	w.wantPaid(t, 130, 1)

	zero := `{"value":"0","assetCode":"USD","assetScale":2}`
	w.wallet.Fail(sandbox.OpReadIncomingPayment, sandbox.Fault{Status: 200, Times: 1000, Body: `{"id":"` + w.wallet.URL() + `/op/incoming-payments/1","walletAddress":"` +
		w.client + `","completed":true,"receivedAmount":` + zero + `,"methods":[],"createdAt":"2026-01-01T00:00:00Z"}`})
	late := start(t, withToken(), append(pay, "--follow", "1s")...)
	late.wants(t, "opgrants: ") // after the service has waited for ten seconds
	got = late.end(t)
	wantEnding(t, got, exit.PaymentUnknown, "cannot pay twice.", "opgrants pay --service ")
	w.wallet.ClearFaults()
	now := runs(t, withToken(), goesOn(t, got.err)...)
	if now.code != exit.OK {
		t.Errorf("ended with %d:\n%s%s", now.code, now.out, now.err)
	}
	w.wantPaid(t, 260, 2)
}

func TestFlagsOfAServiceNeedOne(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	for name, args := range map[string][]string{
		"a grant":     p.pay("--debit", "1", "--grant", "g"),
		"a code":      p.pay("--debit", "1", "--code", "c"),
		"a key":       p.pay("--debit", "1", "--idempotency-key", "k"),
		"no grant":    {"pay", "--service", "http://127.0.0.1:1", "--to", p.client, "--debit", "1"},
		"a quote":     {"pay", "--service", "http://127.0.0.1:1", "--grant", "g", "--quote", p.wallet.URL() + "/q"},
		"no URL":      {"pay", "--service", "127.0.0.1:1", "--grant", "g"},
		"a query":     {"pay", "--service", "http://127.0.0.1:1/?a=b", "--grant", "g"},
		"no patience": {"pay", "--service", "http://127.0.0.1:1", "--grant", "g", "--follow", "0s"},
	} {
		t.Run(name, func(t *testing.T) { wantEnding(t, runs(t, nil, args...), exit.Usage) })
	}
}
