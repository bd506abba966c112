package main

import (
	"strings"
	"testing"

	"github.com/opgrants/opgrants/cmd/opgrants/internal/exit"
)

func TestTheHelpNamesTheCommands(t *testing.T) {
	got := runs(t, nil, "--help")
	if got.code != exit.OK {
		t.Errorf("ended with %d:\n%s", got.code, got.err)
	}
	for _, name := range []string{"demo", "request", "pay", "continue", "rotate", "revoke", "cancel", "serve", "sandbox", "keygen"} {
		if !strings.Contains(got.out, "\n  "+name+" ") {
			t.Errorf("does not name %s:\n%s", name, got.out)
		}
	}
}

// Every code that a command can end with is in its help, with its sentence.
func TestTheHelpHasTheExitCodes(t *testing.T) {
	got := runs(t, nil, "request", "--help")
	for _, code := range []exit.Code{exit.Usage, exit.Key, exit.UnknownWallet, exit.KeyRefused, exit.WalletRefused, exit.WalletFailed,
		exit.Port, exit.NotInteractive, exit.UserRefused, exit.WrongHash, exit.TimedOut, exit.Left, exit.OutcomeUnknown, exit.Interrupted} {
		if !strings.Contains(got.out, exit.Table(code)) {
			t.Errorf("%d is not in the help:\n%s", code, got.out)
		}
	}
}

func TestNoCommandIsAFailure(t *testing.T) {
	for _, args := range [][]string{{}, {"buy"}} {
		wantEnding(t, runs(t, nil, args...), exit.Usage, "Try --help.")
	}
}
