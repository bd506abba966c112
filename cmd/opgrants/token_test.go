package main

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/opclient"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// opclient is a client of this place's own.
func (p *place) opclient(t *testing.T) *opclient.Client {
	t.Helper()
	text, err := os.ReadFile(p.key)
	if err != nil {
		t.Fatal(err)
	}
	key, err := opclient.ParsePrivateKey(text)
	if err != nil {
		t.Fatal(err)
	}
	client, err := opclient.New(opclient.Config{WalletAddress: p.client, KeyID: "key-1", Key: key, InsecureAllowLocal: true})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// granted is all that was printed for a grant with its token.
func (p *place) granted(t *testing.T) map[string]string {
	t.Helper()
	r := start(t, nil, p.request("--debit", "130")...)
	browse(t, must(t)(p.wallet.Approve(r.wants(t, interactLine))))
	got := r.end(t)
	if got.code != exit.OK {
		t.Fatalf("ended with %d:\n%s", got.code, got.err)
	}
	return printed(got.out)
}

func TestRotatePrintsANewTokenAndTheOldOneIsDead(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	vars := p.granted(t)
	got := runs(t, vars, p.as("rotate", "--trace")...)
	if got.code != exit.OK || !twoLines.MatchString(got.out) {
		t.Fatalf("ended with %d:\n%s%s", got.code, got.out, got.err)
	}
	fresh := printed(got.out)
	if p.wallet.Active(vars["ACCESS_TOKEN"]) || !p.wallet.Active(fresh["ACCESS_TOKEN"]) || fresh["MANAGE_URL"] == vars["MANAGE_URL"] {
		t.Errorf("%v became %v", vars, fresh)
	}
	wantNoSecretOf(t, p, got.err)
	t.Run("so that it cannot be rotated again", func(t *testing.T) {
		wantEnding(t, runs(t, vars, p.as("rotate")...), exit.WalletRefused, "rotated or revoked before")
	})
	t.Run("the new one can be, as JSON", func(t *testing.T) {
		got := runs(t, fresh, p.as("rotate", "--json")...)
		var o struct{ AccessToken, ManageURL, ExpiresAt string }
		if err := json.Unmarshal([]byte(got.out), &o); err != nil || !p.wallet.Active(o.AccessToken) || o.ManageURL == "" || o.ExpiresAt == "" {
			t.Errorf("%v: %s%s", err, got.out, got.err)
		}
	})
}

func TestARotationThatDecidedNothingSaysWhatToDo(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	t.Run("and can be repeated when nothing had happened", func(t *testing.T) {
		vars := p.granted(t)
		p.wallet.Fail(sandbox.OpRotate, sandbox.Fault{Drop: true})
		wantEnding(t, runs(t, vars, p.as("rotate")...), exit.OutcomeUnknown, "Rotate again at the same MANAGE_URL")
		if got := runs(t, vars, p.as("rotate")...); got.code != exit.OK {
			t.Errorf("ended with %d:\n%s", got.code, got.err)
		}
	})
	t.Run("or tells that the token is lost", func(t *testing.T) {
		vars := p.granted(t)
		p.wallet.Fail(sandbox.OpRotate, sandbox.Fault{Act: true, Drop: true})
		wantEnding(t, runs(t, vars, p.as("rotate")...), exit.OutcomeUnknown, "opgrants cancel")
		wantEnding(t, runs(t, vars, p.as("rotate")...), exit.WalletRefused, "does not know this token")
	})
	t.Run("another one was faster", func(t *testing.T) {
		p.wallet.Fail(sandbox.OpRotate, sandbox.Fault{Status: 404, Body: `{"error":{"code":"invalid_rotation","description":"x"}}`})
		wantEnding(t, runs(t, p.granted(t), p.as("rotate")...), exit.WalletRefused, "Another rotation")
	})
}

func TestRevokeEndsTheTokenOnly(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	vars := p.granted(t)
	got := runs(t, vars, p.as("revoke")...)
	if got.code != exit.OK || got.out != "" || p.wallet.Active(vars["ACCESS_TOKEN"]) {
		t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
	}
	wantEnding(t, runs(t, vars, p.as("revoke")...), exit.WalletRefused, "rotated or revoked before")
	if got := runs(t, vars, p.as("cancel")...); got.code != exit.OK {
		t.Errorf("its grant cannot be cancelled: %d\n%s", got.code, got.err)
	}
	t.Run("and says when that is not known", func(t *testing.T) {
		p.wallet.Fail(sandbox.OpRevoke, sandbox.Fault{Status: 502})
		wantEnding(t, runs(t, p.granted(t), p.as("revoke")...), exit.OutcomeUnknown, "Revoke again")
	})
}

func TestAWrongKeyIsNotTakenForADeadToken(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	vars := p.granted(t)
	other := filepath.Join(t.TempDir(), "other.pem")
	writeKey(t, other)
	for _, command := range []string{"rotate", "revoke"} {
		wantEnding(t, runs(t, vars, p.as(command, "--key", other)...), exit.KeyRefused, "invalid signature")
	}
	if !p.wallet.Active(vars["ACCESS_TOKEN"]) {
		t.Error("the token was ended")
	}
}

func TestWhatOneCommandPrintedIsReadByTheNext(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	file := filepath.Join(t.TempDir(), "grant.env")
	r := start(t, nil, p.request("--debit", "130")...)
	browse(t, must(t)(p.wallet.Approve(r.wants(t, interactLine))))
	first := r.end(t)
	save := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	save(first.out)
	t.Run("from a file", func(t *testing.T) {
		got := runs(t, nil, p.as("rotate", "--env-file", file)...)
		if got.code != exit.OK {
			t.Fatalf("ended with %d:\n%s", got.code, got.err)
		}
		save(first.out + got.out) // the last line of a name counts
	})
	t.Run("from its input, which beats the file before", func(t *testing.T) {
		text, _ := os.ReadFile(file)
		save("ACCESS_TOKEN=wrong\nMANAGE_URL=" + p.wallet.URL() + "/auth/token/wrong\n")
		r := start(t, nil, p.as("revoke", "--env-file", file, "--env-file", "-")...)
		_, _ = r.stdin.Write(text)
		_ = r.stdin.Close()
		if got := r.end(t); got.code != exit.OK || p.wallet.Stats().LiveTokens != 0 {
			t.Errorf("ended with %d:\n%s", got.code, got.err)
		}
	})
}

func TestATokenIsNotSentToPrivateAddresses(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	vars := p.granted(t)
	vars["WALLET_ADDRESS"], vars["KEY_ID"], vars["PRIVATE_KEY_PATH"] = "https://c.example/c", "key-1", p.key
	for _, command := range []string{"continue", "cancel", "rotate", "revoke"} {
		got := runs(t, vars, command)
		wantEnding(t, got, exit.WalletFailed, "--insecure-local allows")
		for _, s := range p.wallet.Secrets() {
			if strings.Contains(got.err, s) || strings.Contains(got.err, url.QueryEscape(s)) {
				t.Errorf("%s shows the secret %q", command, s)
			}
		}
	}
}
