package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

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
		"a decimal amount that no server counts":   {[]string{"--debit", "92233720368547758.08"}, "USD has 2 digits after the point"},
		"what may be thousands":                    {[]string{"--debit", "1,300"}, "USD has 2 digits after the point"},
		"an amount with thousands":                 {[]string{"--debit", "1,000.50"}, "write a whole number of minor units"},
		"a negative amount":                        {[]string{"--debit=-1"}, "write a whole number of minor units"},
		"an amount that no server can count":       {[]string{"--debit", "18446744073709551616"}, "limits.debitAmount.value"},
		"both amounts":                             {[]string{"--debit", "1", "--receive", "1", "--asset", "USD/2"}, "cannot be used together"},
		"an amount to receive in no asset":         {[]string{"--receive", "1"}, "--receive needs --asset"},
		"another asset than the wallet has":        {[]string{"--debit", "1", "--asset", "EUR/2"}, "has USD/2"},
		"an asset that is none":                    {[]string{"--debit", "1", "--asset", "USD"}, "such as USD/2"},
		"an interval that is none":                 {[]string{"--debit", "1", "--interval", "every month"}, `--interval "every month"`},
		"an interval of nothing":                   {[]string{"--interval", "R/2025-04-22T08:00:00Z/P1D"}, "--interval needs"},
		"an action that is none":                   {[]string{"--actions", "steal"}, "actions"},
		"a receiver that is no incoming payment":   {[]string{"--receiver", "https://w.example/bob"}, "receiver"},
		"a finish that the command cannot hear":    {[]string{"--finish", "https://shop.example/back"}, "--paste"},
		"a finish that is no URL":                  {[]string{"--finish", "localhost:3344"}, "absolute http or https URL"},
		"a place to listen at that is none":        {[]string{"--listen", "3344"}, "HOST:PORT"},
		"pasting without waiting":                  {[]string{"--paste", "--no-wait"}, "cannot be used together"},
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
		"a busy port":                        {[]string{"--finish", "http://127.0.0.1:" + port}, exit.Port, port + " is in use: stop the program that listens there, or give another --finish."},
		"a busy port to listen at":           {[]string{"--finish", "https://tunnel.example/", "--listen", "127.0.0.1:" + port}, exit.Port, "or give another --listen."},
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

func TestAWalletThatDoesNotAskItsUserGetsItsTokenBack(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	p.wallet.Fail(sandbox.OpGrant, sandbox.Fault{Status: 200, Body: `{"access_token":{"value":"t","manage":"` + p.wallet.URL() +
		`/auth/token/1","expires_in":600,"access":[{"type":"outgoing-payment","actions":["create"],"identifier":"` + p.alice + `"}]},
		"continue":{"access_token":{"value":"c"},"uri":"` + p.wallet.URL() + `/auth/continue/1"}}`})
	p.wallet.Fail(sandbox.OpCancel, sandbox.Fault{Status: 204})
	wantEnding(t, runs(t, nil, p.request()...), exit.NotInteractive, "The grant was cancelled.")
	if n := p.wallet.Stats().Cancels; n != 1 {
		t.Errorf("cancelled %d times", n)
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
