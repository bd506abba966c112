package main

import (
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

const interactLine = "Please interact at the following URL: "

func TestAGrantedRequestPrintsTheFiveLines(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	r := start(t, nil, p.request("--debit", "130")...)
	status, page := browse(t, must(t)(p.wallet.Approve(r.wants(t, interactLine))))
	if status != http.StatusOK || !strings.Contains(page, "Thank you") {
		t.Errorf("the browser got %d:\n%s", status, page)
	}
	got := r.end(t)
	if got.code != exit.OK {
		t.Fatalf("ended with %d:\n%s", got.code, got.err)
	}
	u := regexp.QuoteMeta(p.wallet.URL())
	want := regexp.MustCompile(`^` + interactLine + u + `\S+
CONTINUE_ACCESS_TOKEN = \S+
CONTINUE_URI = ` + u + `\S+
ACCESS_TOKEN = \S+
MANAGE_URL = ` + u + `\S+
$`)
	if !want.MatchString(got.out) {
		t.Errorf("printed is\n%s", got.out)
	}
	if s := p.wallet.Stats(); s.LiveTokens != 1 || s.Continues != 1 {
		t.Errorf("the wallet has %d live tokens after %d continuations", s.LiveTokens, s.Continues)
	}
	if !strings.Contains(got.err, "Waiting 10m0s (until ") {
		t.Errorf("does not say that it waits, and how long:\n%s", got.err)
	}
}

func TestARefusedRequestSaysWhoRefused(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	finish := func(do func(string) (string, error), more ...string) ending {
		r := start(t, nil, p.request(more...)...)
		browse(t, must(t)(do(r.wants(t, interactLine))))
		return r.end(t)
	}
	t.Run("the user", func(t *testing.T) {
		wantEnding(t, finish(p.wallet.Refuse), exit.UserRefused)
	})
	t.Run("the user, who left", func(t *testing.T) {
		wantEnding(t, finish(p.wallet.Leave), exit.Left, "left the wallet")
	})
	t.Run("the wallet, at the grant request", func(t *testing.T) {
		p.wallet.Fail(sandbox.OpGrant, sandbox.Fault{Status: 400, Body: `{"error":{"code":"invalid_request","description":"no"}}`})
		wantEnding(t, runs(t, nil, p.request()...), exit.WalletRefused, "invalid_request")
	})
	t.Run("the wallet, at the continuation", func(t *testing.T) {
		p.wallet.Fail(sandbox.OpContinue, sandbox.Fault{Status: 401, Body: `{"error":{"code":"request_denied","description":"no"}}`})
		wantEnding(t, finish(p.wallet.Approve), exit.WalletRefused, "request_denied")
	})
}

func TestWhatMakesNoSenseIsRefusedBeforeAGrantIsRequested(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	for name, c := range map[string]struct {
		flags []string
		says  string
	}{
		"a decimal amount, in the wallet's asset":  {[]string{"--debit", "1.30"}, "for 1.30 USD write --debit 130."},
		"a decimal amount with a comma":            {[]string{"--debit", "1,3"}, "for 1,3 USD write --debit 130."},
		"a decimal amount, in the asset given":     {[]string{"--receive", "1.30", "--asset", "JOD/3"}, "for 1.30 JOD write --receive 1300."},
		"a decimal amount with too many digits":    {[]string{"--debit", "1.305"}, "USD has 2 digits after the point"},
		"an amount with thousands":                 {[]string{"--debit", "1,000.50"}, "write a whole number of minor units"},
		"a negative amount":                        {[]string{"--debit=-1"}, "write a whole number of minor units"},
		"an amount that no server can count":       {[]string{"--debit", "18446744073709551616"}, "limits.debitAmount.value"},
		"both amounts":                             {[]string{"--debit", "1", "--receive", "1", "--asset", "USD/2"}, "exclude each other"},
		"an amount to receive in no asset":         {[]string{"--receive", "1"}, "--receive needs --asset"},
		"another asset than the wallet has":        {[]string{"--debit", "1", "--asset", "EUR/2"}, "has USD/2"},
		"an asset that is none":                    {[]string{"--debit", "1", "--asset", "USD"}, "such as USD/2"},
		"an interval that is none":                 {[]string{"--debit", "1", "--interval", "every month"}, "--interval every month"},
		"an interval of nothing":                   {[]string{"--interval", "R/2025-04-22T08:00:00Z/P1D"}, "--interval needs"},
		"an action that is none":                   {[]string{"--actions", "steal"}, "actions"},
		"a receiver that is no incoming payment":   {[]string{"--receiver", "https://w.example/bob"}, "receiver"},
		"a finish that the command cannot hear":    {[]string{"--finish", "https://shop.example/back"}, "--paste"},
		"a finish that is no URL":                  {[]string{"--finish", "localhost:3344"}, "absolute http or https URL"},
		"a place to listen at that is none":        {[]string{"--listen", "3344"}, "HOST:PORT"},
		"pasting without waiting":                  {[]string{"--paste", "--no-wait"}, "exclude each other"},
		"a flag that is not known":                 {[]string{"--private-key", "x"}, "--private-key"},
		"a key's id that servers trip over":        {[]string{"--key-id", "a;b"}, "kid"},
		"an environment file that is not there":    {[]string{"--env-file", "nowhere"}, "nowhere"},
		"a nonce that would make the hash unclear": {[]string{"--nonce", "a\nb"}, "one line"},
	} {
		t.Run(name, func(t *testing.T) {
			before := p.wallet.Stats().GrantRequests
			wantEnding(t, runs(t, nil, p.request(c.flags...)...), exit.Usage, c.says)
			if after := p.wallet.Stats().GrantRequests; after != before {
				t.Errorf("%d grants were requested", after-before)
			}
		})
	}
}

func TestEachFailureBeforeTheConsentHasItsCode(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	other := filepath.Join(t.TempDir(), "other.pem")
	writeKey(t, other)
	broken := filepath.Join(t.TempDir(), "broken.pem")
	if err := os.WriteFile(broken, []byte("hunter2"), 0o600); err != nil {
		t.Fatal(err)
	}
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = busy.Close() }()
	_, port, _ := net.SplitHostPort(busy.Addr().String())
	const secure = "--insecure-local=false"
	for name, c := range map[string]struct {
		flags []string
		code  exit.Code
		says  string
	}{
		"a key file that is not there":       {[]string{"--key", "nowhere.pem"}, exit.Key, "nowhere.pem"},
		"a key file that holds none":         {[]string{"--key", broken}, exit.Key, broken},
		"another key than the wallet serves": {[]string{"--key", other}, exit.KeyRefused, "401 invalid_client"},
		"an id that the wallet's JWKS lacks": {[]string{"--key-id", "key-2"}, exit.KeyRefused, "400 invalid_client"},
		"a wallet that does not exist":       {[]string{"--wallet", p.wallet.URL() + "/nobody"}, exit.UnknownWallet, "404"},
		"a wallet that is no URL":            {[]string{"--wallet", "nobody"}, exit.UnknownWallet, "nobody"},
		"a private address":                  {[]string{secure, "--client-wallet", "https://c.example/c", "--wallet", "https://127.0.0.1/a"}, exit.UnknownWallet, "--insecure-local allows"},
		"a wallet without https":             {[]string{secure, "--client-wallet", "https://c.example/c"}, exit.UnknownWallet, "--insecure-local allows"},
		"a client without https":             {[]string{secure}, exit.Usage, "--insecure-local allows"},
		"a busy port":                        {[]string{"--finish", "http://127.0.0.1:" + port}, exit.Port, port + " is in use"},
	} {
		t.Run(name, func(t *testing.T) {
			got := runs(t, nil, p.request(c.flags...)...)
			wantEnding(t, got, c.code, c.says)
			if strings.Contains(got.err, "hunter2") {
				t.Errorf("what is in the key file is shown:\n%s", got.err)
			}
			if got.out != "" {
				t.Errorf("printed is\n%s", got.out)
			}
		})
	}
}

func TestAForeignHashDoesNotEndTheWait(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	foreign := must(t)(p.wallet.Approve(start(t, nil, p.request()...).wants(t, interactLine)))
	r := start(t, nil, p.request("--trace")...)
	own := must(t)(p.wallet.Approve(r.wants(t, interactLine)))
	status, page := browse(t, withQueryOf(t, own, foreign))
	if status != http.StatusBadRequest || !strings.Contains(page, "This link is not valid") {
		t.Errorf("the browser got %d:\n%s", status, page)
	}
	r.wants(t, "A link was opened whose hash is not of this grant")
	browse(t, own)
	if got := r.end(t); got.code != exit.OK || !strings.Contains(got.out, "\nACCESS_TOKEN = ") {
		t.Errorf("ended with %d:\n%s", got.code, got.err)
	}
}

func TestAForeignHashHasItsCodeWhenNothingBetterComes(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	foreign := must(t)(p.wallet.Approve(start(t, nil, p.request()...).wants(t, interactLine)))
	t.Run("in time", func(t *testing.T) {
		r := start(t, nil, p.request("--timeout", "300ms")...)
		own := must(t)(p.wallet.Approve(r.wants(t, interactLine)))
		browse(t, withQueryOf(t, own, foreign))
		wantEnding(t, r.end(t), exit.WrongHash)
	})
	t.Run("by pasting, at once", func(t *testing.T) {
		r := start(t, nil, p.request("--paste")...)
		r.wants(t, interactLine)
		_, _ = r.stdin.Write([]byte(foreign + "\n"))
		wantEnding(t, r.end(t), exit.WrongHash)
	})
	if n := p.wallet.Stats().Continues; n != 0 {
		t.Errorf("a foreign reference was sent %d times", n)
	}
}

// withQueryOf is the finish URL with the query of another one.
func withQueryOf(t *testing.T, finish, other string) string {
	t.Helper()
	u, err := url.Parse(finish)
	if err != nil {
		t.Fatal(err)
	}
	_, u.RawQuery, _ = strings.Cut(other, "?")
	return u.String()
}

func TestOnlyTheFinishURLIsServed(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	r := start(t, nil, p.request("--finish", "http://localhost:0/back?order=7")...)
	own := must(t)(p.wallet.Approve(r.wants(t, interactLine)))
	for _, path := range []string{"/", "/favicon.ico", "/back/"} {
		if status, _ := browse(t, strings.Replace(own, "/back", path, 1)); status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, status)
		}
	}
	answer, err := http.Post(own, "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST answers %d", answer.StatusCode)
	}
	browse(t, own)
	if got := r.end(t); got.code != exit.OK {
		t.Errorf("ended with %d:\n%s", got.code, got.err)
	}
}

func TestNobodyComesBack(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	t.Run("in time", func(t *testing.T) {
		wantEnding(t, runs(t, nil, p.request("--timeout", "50ms")...), exit.TimedOut, "The wait was 50ms")
	})
	t.Run("because the input ended", func(t *testing.T) {
		r := start(t, nil, p.request("--paste")...)
		r.wants(t, interactLine)
		_ = r.stdin.Close()
		wantEnding(t, r.end(t), exit.TimedOut, "The input ended")
	})
	t.Run("because the command was interrupted", func(t *testing.T) {
		r := start(t, nil, p.request()...)
		r.wants(t, "Waiting")
		r.cancel()
		wantEnding(t, r.end(t), exit.Interrupted)
	})
}

func TestWhatIsPastedIsTheURLOrItsQuery(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	for name, shape := range map[string]func(string) string{
		"the whole URL":           func(s string) string { return s },
		"its query":               func(s string) string { _, q, _ := strings.Cut(s, "?"); return q },
		"with spaces and a blank": func(s string) string { return "\n  " + s + "  " },
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, nil, p.request("--paste", "--finish", "https://shop.example/back?order=7")...)
			finish := must(t)(p.wallet.Approve(r.wants(t, interactLine)))
			_, _ = r.stdin.Write([]byte(shape(finish) + "\n"))
			if got := r.end(t); got.code != exit.OK {
				t.Errorf("ended with %d:\n%s", got.code, got.err)
			}
		})
	}
}

func TestAWalletThatDoesNotAskItsUserGetsItsTokenBack(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	p.wallet.Fail(sandbox.OpGrant, sandbox.Fault{Status: 200, Body: `{"access_token":{"value":"t","manage":"` + p.wallet.URL() +
		`/auth/token/1","expires_in":600,"access":[{"type":"outgoing-payment","actions":["create"],"identifier":"` + p.alice + `"}]},
		"continue":{"access_token":{"value":"c"},"uri":"` + p.wallet.URL() + `/auth/continue/1"}}`})
	p.wallet.Fail(sandbox.OpCancel, sandbox.Fault{Status: 204})
	wantEnding(t, runs(t, nil, p.request()...), exit.NotInteractive, "it was given back")
	if n := p.wallet.Stats().Cancels; n != 1 {
		t.Errorf("cancelled %d times", n)
	}
}

func TestAContinuationOfUnknownOutcomeIsCancelled(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	r := start(t, nil, p.request()...)
	finish := must(t)(p.wallet.Approve(r.wants(t, interactLine)))
	p.wallet.Fail(sandbox.OpContinue, sandbox.Fault{Act: true, Drop: true})
	browse(t, finish)
	wantEnding(t, r.end(t), exit.OutcomeUnknown, "The grant was cancelled at the wallet.")
	if s := p.wallet.Stats(); s.Continues != 1 || s.LiveTokens != 0 {
		t.Errorf("%d continuations, %d live tokens", s.Continues, s.LiveTokens)
	}
}

func TestTheWalletsWaitIsHonouredAndSaid(t *testing.T) {
	p := newPlace(t, sandbox.Config{Wait: time.Second})
	r := start(t, nil, p.request("--debit", "1")...)
	browse(t, must(t)(p.wallet.Approve(r.wants(t, interactLine))))
	got := r.end(t)
	if got.code != exit.OK || !strings.Contains(got.err, "more: the wallet wants 1s between") {
		t.Errorf("ended with %d:\n%s", got.code, got.err)
	}
	if n := p.wallet.Stats().Continues; n != 1 {
		t.Errorf("the wallet was asked %d times", n)
	}
}

func TestTooFastIsTriedAgain(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	r := start(t, nil, p.request("--debit", "1")...)
	finish := must(t)(p.wallet.Approve(r.wants(t, interactLine)))
	p.wallet.Fail(sandbox.OpContinue, sandbox.Fault{Status: 400, Body: `{"error":{"code":"too_fast","description":"slow"}}`})
	browse(t, finish)
	if got := r.end(t); got.code != exit.OK || !strings.Contains(got.err, "Trying again in 1s") {
		t.Errorf("ended with %d:\n%s", got.code, got.err)
	}
}

func TestJSONIsOneObject(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	t.Run("of all that was got", func(t *testing.T) {
		r := start(t, nil, p.request("--json", "--debit", "130", "--interval", "R/2025-04-22T08:00:00Z/P1D")...)
		browse(t, must(t)(p.wallet.Approve(r.wants(t, interactLine))))
		got := r.end(t)
		var o map[string]any
		if err := json.Unmarshal([]byte(got.out), &o); err != nil {
			t.Fatalf("%v: %s", err, got.out)
		}
		for _, name := range []string{"interactUrl", "continueAccessToken", "continueUri", "accessToken", "manageUrl", "expiresAt"} {
			if s, _ := o[name].(string); s == "" || strings.Contains(s, "REDACTED") {
				t.Errorf("%s is %v", name, o[name])
			}
		}
		if access, _ := json.Marshal(o["access"]); !strings.Contains(string(access), `"interval":"R/2025-04-22T08:00:00Z/P1D"`) {
			t.Errorf("access is %s", access)
		}
	})
	t.Run("of a failure", func(t *testing.T) {
		got := runs(t, nil, p.request("--json", "--debit", "1.30")...)
		var o struct {
			Error struct {
				Exit         int
				Code, Detail string
			}
		}
		if err := json.Unmarshal([]byte(got.out), &o); err != nil || o.Error.Exit != 2 || o.Error.Code != "usage" || !strings.Contains(o.Error.Detail, "130") {
			t.Errorf("%v: %s", err, got.out)
		}
		wantEnding(t, got, exit.Usage)
	})
	t.Run("without waiting", func(t *testing.T) {
		got := runs(t, nil, p.request("--json", "--no-wait")...)
		var o map[string]any
		if err := json.Unmarshal([]byte(got.out), &o); err != nil || o["continueUri"] == nil || o["accessToken"] != nil {
			t.Errorf("%v: %s", err, got.out)
		}
	})
}

func TestWithoutWaitingThreeLinesArePrinted(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	got := runs(t, nil, p.request("--no-wait", "--finish", "https://shop.example/back")...)
	if got.code != exit.OK || strings.Count(got.out, "\n") != 3 || !strings.Contains(got.out, "\nCONTINUE_URI = ") {
		t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
	}
}

func TestTheTraceShowsEachRequestAndNoSecret(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	r := start(t, nil, p.request("--trace", "--debit", "130", "--nonce", "my-own-nonce-of-this-grant")...)
	browse(t, must(t)(p.wallet.Approve(r.wants(t, interactLine))))
	got := r.end(t)
	if got.code != exit.OK {
		t.Fatalf("ended with %d:\n%s", got.code, got.err)
	}
	for _, want := range []string{"> GET " + p.alice, "> POST " + p.wallet.AuthServer() + "\n", "> POST " + p.wallet.AuthServer() + "/continue/",
		"> Authorization: GNAP [masked]", "> Signature: sig1=:[masked]:", `nonce="[masked]"`, `"interact_ref":"[masked]"`, `"value":"130"`} {
		if !strings.Contains(got.err, want) {
			t.Errorf("not shown: %s\n%s", want, got.err)
		}
	}
	secrets := p.wallet.Secrets()
	if len(secrets) < 7 {
		t.Errorf("only %d secrets are known", len(secrets))
	}
	for _, s := range append(secrets, "my-own-nonce") {
		if strings.Contains(got.err, s) || strings.Contains(got.err, url.QueryEscape(s)) {
			t.Errorf("the trace shows the secret %q", s)
		}
	}
}

func TestFlagsBeatTheEnvironmentWhichBeatsTheFile(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	file := filepath.Join(t.TempDir(), ".env")
	text := "WALLET_ADDRESS=" + p.client + "\nKEY_ID=from-the-file\nPRIVATE_KEY_PATH=" + p.key + "\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"request", "--insecure-local", "--no-wait", "--env-file", file}
	for name, c := range map[string]struct {
		env   map[string]string
		flags []string
		code  exit.Code
	}{
		"the file's id is unknown":   {nil, nil, exit.KeyRefused},
		"the environment's is known": {map[string]string{"KEY_ID": "key-1"}, nil, exit.OK},
		"the flag's is unknown":      {map[string]string{"KEY_ID": "key-1"}, []string{"--key-id", "from-a-flag"}, exit.KeyRefused},
		"the flag's is known":        {map[string]string{"KEY_ID": "key-2"}, []string{"--key-id", "key-1"}, exit.OK},
		"an empty one is none":       {map[string]string{"KEY_ID": ""}, nil, exit.KeyRefused},
	} {
		t.Run(name, func(t *testing.T) {
			if got := runs(t, c.env, append(args, c.flags...)...); got.code != c.code {
				t.Errorf("ended with %d, want %d:\n%s", got.code, c.code, got.err)
			}
		})
	}
}

func TestTheKeyMayBeInTheEnvironment(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	key, err := os.ReadFile(p.key)
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"PRIVATE_KEY": string(key), "WALLET_ADDRESS": p.client, "KEY_ID": "key-1", "INSECURE_ALLOW_LOCAL": "true"}
	if got := runs(t, env, "request", "--no-wait"); got.code != exit.OK {
		t.Errorf("ended with %d:\n%s", got.code, got.err)
	}
	t.Run("but not also in a file", func(t *testing.T) {
		wantEnding(t, runs(t, env, "request", "--no-wait", "--key", p.key), exit.Key, "keep one of them")
	})
}

// A browser may take localhost for either.
func TestLocalhostIsListenedToOnBothVersionsOfIP(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	loopback := []string{"127.0.0.1"}
	if l, err := net.Listen("tcp6", "[::1]:0"); err == nil { // not every machine has it
		_ = l.Close()
		loopback = append(loopback, "[::1]")
	}
	for _, host := range loopback {
		r := start(t, nil, p.request()...)
		finish := must(t)(p.wallet.Approve(r.wants(t, interactLine)))
		browse(t, strings.Replace(finish, "localhost", host, 1))
		if got := r.end(t); got.code != exit.OK {
			t.Errorf("%s: ended with %d:\n%s", host, got.code, got.err)
		}
	}
	t.Run("and a port that is busy on one is busy", func(t *testing.T) {
		for _, host := range loopback {
			busy, err := net.Listen("tcp", host+":0")
			if err != nil {
				t.Fatal(err)
			}
			_, port, _ := net.SplitHostPort(busy.Addr().String())
			wantEnding(t, runs(t, nil, p.request("--finish", "http://localhost:"+port)...), exit.Port, port+" is in use")
			_ = busy.Close()
		}
	})
}
