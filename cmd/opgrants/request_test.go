package main

import (
	"encoding/json"
	"net/http"
	"net/url"
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
	t.Parallel() // it waits
	p := newPlace(t, sandbox.Config{Wait: time.Second})
	r := start(t, nil, p.request("--debit", "1")...)
	browse(t, must(t)(p.wallet.Approve(r.wants(t, interactLine))))
	got := r.end(t)
	if got.code != exit.OK || !strings.Contains(got.err, "more: the wallet requires 1s between") {
		t.Errorf("ended with %d:\n%s", got.code, got.err)
	}
	if n := p.wallet.Stats().Continues; n != 1 {
		t.Errorf("the wallet was asked %d times", n)
	}
}

func TestTooFastIsTriedAgain(t *testing.T) {
	t.Parallel() // it waits
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
