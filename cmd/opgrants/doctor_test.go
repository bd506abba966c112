package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/cli"
	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

// settings are those of the service at this place, as variables.
func (p *place) settings() map[string]string {
	return map[string]string{"WALLET_ADDRESS": p.client, "KEY_ID": "key-1", "PRIVATE_KEY_PATH": p.key, "INSECURE_ALLOW_LOCAL": "true", "RETURN_URLS": returnURL}
}

func TestDoctorSaysThatAllIsWell(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	got := runs(t, p.settings(), "doctor", "--wallet", p.alice)
	if got.code != exit.OK || got.err != "" || strings.Contains(got.out, "✗") || strings.Count(got.out, "✓") < 11 {
		t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
	}
}

// Two things are wrong: the first decides about the exit code, both are shown with
// the command that mends them, and what depends on them is not blamed.
func TestDoctorSaysWhatIsWrongAndTheCommandThatMendsIt(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	if err := os.Chmod(p.key, 0o644); err != nil {
		t.Fatal(err)
	}
	env := p.settings()
	env["WALLET_ADDRESS"] = p.wallet.URL() + "/nobody"
	got := runs(t, env, "doctor")
	if got.code != exit.Key || !strings.HasSuffix(got.err, "\nTry: chmod 600 "+p.key+"\n") || strings.Count(got.out, "✗") != 2 {
		t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
	}
	for _, line := range []string{"✗ Key file: ", "    chmod 600 " + p.key + "\n", "✗ Wallet address: There is no wallet address ", "    curl -sSi", `- Key id: Not checked, because the check "Wallet address" failed.`, "✓ Return URLs: "} {
		if !strings.Contains(got.out, line) {
			t.Errorf("does not say %q:\n%s", line, got.out)
		}
	}
}

func TestDoctorPrintsJSON(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	env := p.settings()
	env["KEY_ID"] = "key-2"
	got := runs(t, env, "doctor", "--json")
	var object struct {
		Checks []struct{ Check, Status, Problem, Detail, Fix string }
		Error  struct {
			Exit      int
			Code, Try string
		}
	}
	if err := json.Unmarshal([]byte(got.out), &object); err != nil {
		t.Fatalf("%v:\n%s", err, got.out)
	}
	i := slices.IndexFunc(object.Checks, func(c struct{ Check, Status, Problem, Detail, Fix string }) bool { return c.Check == "key_id" })
	if c := object.Checks[i]; c.Status != "failed" || c.Problem != "key_id_unknown" || c.Fix != "export KEY_ID=key-1" || !strings.Contains(c.Detail, p.client+"/jwks.json") {
		t.Errorf("%+v", c)
	}
	if object.Error.Exit != int(exit.KeyRefused) || object.Error.Code != "key_refused" || object.Error.Try != "export KEY_ID=key-1" {
		t.Errorf("%+v", object.Error)
	}
}

// doctor checks a service that runs, from its URL.
func TestDoctorChecksARunningService(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	service := start(t, p.settings(), "serve", "--listen", "127.0.0.1:0", "--data-file", t.TempDir()+"/grants.db").listening(t)
	env := map[string]string{"RETURN_URLS": returnURL, "INSECURE_ALLOW_LOCAL": "true"}
	got := runs(t, env, "doctor", "--url", service, "--wallet", p.alice)
	if got.code != exit.OK || !strings.Contains(got.out, "✓ Grant: ") || strings.Contains(got.out, "✗") {
		t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
	}
	if n := p.wallet.Stats(); n.Cancels != 1 {
		t.Errorf("the grant was not ended: %+v", n)
	}
}

// The settings of an env file are read as serve reads them.
func TestDoctorReadsAnEnvFile(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	text := ""
	for name, value := range p.settings() {
		text += "export " + name + "='" + value + "'\n"
	}
	got := runs(t, nil, "doctor", "--env-file", writeEnvFile(t, text))
	if got.code != exit.OK {
		t.Errorf("ended with %d:\n%s%s", got.code, got.out, got.err)
	}
}

func TestDoctorHasColorsIfTheTerminalDoes(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	env := p.settings()
	delete(env, "RETURN_URLS")
	escape := regexp.MustCompile("\x1b\\[[0-9]+m")
	for _, colors := range []bool{false, true} {
		var out, errs bytes.Buffer
		run(context.Background(), []string{"doctor"}, func(name string) string { return env[name] },
			&cli.Terminal{In: strings.NewReader(""), Out: &out, Err: &errs, ColorOut: colors, ColorErr: colors})
		if escape.MatchString(out.String()) != colors || escape.MatchString(errs.String()) != colors {
			t.Errorf("colors are %v:\n%s%s", colors, &out, &errs)
		}
		if colors && !strings.Contains(out.String(), "\x1b[31m✗\x1b[0m") {
			t.Errorf("what is wrong is not red:\n%s", &out)
		}
	}
}
