package main

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
	"github.com/opgrants/opgrants/pkg/sandbox"
)

func takesText(flag *kong.Flag) bool {
	kind := flag.Target.Kind()
	if kind == reflect.Slice {
		kind = flag.Target.Type().Elem().Kind()
	}
	return kind == reflect.String && flag.Enum == "" && flag.Name != "env-file" // which is read before
}

// A shell gives an empty value for a variable that is not set. No command may then do
// something else than it was asked for.
func TestAnEmptyValueIsRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	flags := 0
	for _, node := range leaves(t) {
		for _, flag := range node.Flags {
			if !takesText(flag) {
				continue
			}
			flags++
			for _, empty := range []string{"", " "} {
				args := append(strings.Fields(pathOf(node)), "--"+flag.Name, empty)
				for range node.Positional {
					args = append(args, "x")
				}
				got := runs(t, nil, args...)
				wantEnding(t, got, exit.Usage, "--"+flag.Name, "empty", "Try: opgrants "+pathOf(node)+" --help")
			}
		}
	}
	if flags < 60 {
		t.Errorf("only %d flags were looked at", flags)
	}
	for _, line := range []string{"admin backup", "admin retry"} {
		wantEnding(t, runs(t, nil, append(strings.Fields(line), "")...), exit.Usage, "empty")
	}
	for _, line := range []string{"", "request", "keygen", "admin"} {
		got := runs(t, nil, append(strings.Fields(line), "")...)
		wantEnding(t, got, exit.Usage, "An argument is empty")
		if strings.Contains(got.err, "did you mean") {
			t.Errorf("%q with an empty argument: %s", line, got.err)
		}
	}
	if made, err := os.ReadDir("."); err != nil || len(made) > 0 {
		t.Errorf("made %v (%v)", made, err)
	}
}

func TestAnEmptyAmountIsNoConsentWithoutLimit(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	wantEnding(t, runs(t, nil, p.request("--no-wait", "--debit", "")...), exit.Usage, "--debit")
	if n := p.wallet.Stats().GrantRequests; n != 0 {
		t.Errorf("%d grants were requested", n)
	}
}

func TestAFlagWithoutItsValueIsNamed(t *testing.T) {
	for _, line := range []string{"request --debit", "sandbox --wait", "demo --listen", "keygen --from"} {
		flag := line[strings.Index(line, "--"):]
		got := runs(t, nil, strings.Fields(line)...)
		wantEnding(t, got, exit.Usage, flag+" needs a value.")
		if strings.Contains(got.err, "EOL") {
			t.Errorf("%s: %s", line, got.err)
		}
	}
}

func TestWhiteSpaceAroundAWalletAddressIsTaken(t *testing.T) {
	p := newPlace(t, sandbox.Config{})
	if got := runs(t, nil, p.request("--no-wait", "--wallet", " "+p.alice+"\n")...); got.code != exit.OK {
		t.Errorf("ended with %d:\n%s", got.code, got.err)
	}
	got := runs(t, nil, p.request("--no-wait", "--wallet", " http://shop:Hunter2@wallet.example/alice")...)
	wantEnding(t, got, exit.Usage, "a user name or password")
	mustNotShow(t, "a password after a space", got.err)
}
