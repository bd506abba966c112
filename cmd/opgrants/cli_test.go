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
	for _, name := range []string{"demo", "request", "pay", "checkout", "continue", "rotate", "revoke", "cancel", "serve", "sandbox", "keygen"} {
		if !strings.Contains(got.out, "\n  "+name+" ") {
			t.Errorf("does not name %s:\n%s", name, got.out)
		}
	}
}

// Every code that a command can end with is in its help, with its sentence.
func TestTheHelpHasTheExitCodes(t *testing.T) {
	signs := []exit.Code{exit.OK, exit.Internal, exit.Usage, exit.Key, exit.KeyRefused, exit.WalletRefused, exit.WalletFailed, exit.OutcomeUnknown, exit.Interrupted}
	asks := append([]exit.Code{exit.UnknownWallet, exit.Port, exit.NotInteractive, exit.UserRefused, exit.WrongHash, exit.TimedOut, exit.Left}, signs...)
	for command, codes := range map[string][]exit.Code{
		"request": asks, "pay": append([]exit.Code{exit.PaymentUnknown, exit.PaymentFailed, exit.NotRunning}, asks...),
		"checkout": {exit.OK, exit.Internal, exit.Usage, exit.Key, exit.UnknownWallet, exit.KeyRefused, exit.WalletRefused, exit.WalletFailed, exit.Port,
			exit.NotInteractive, exit.UserRefused, exit.WrongHash, exit.TimedOut, exit.Left, exit.PaymentUnknown, exit.PaymentFailed, exit.NotRunning, exit.Interrupted},
		"continue": append([]exit.Code{exit.TimedOut}, signs...), "cancel": signs, "rotate": signs, "revoke": signs,
	} {
		got := runs(t, nil, command, "--help")
		for _, code := range codes {
			if !strings.Contains(got.out, exit.Table(code)) {
				t.Errorf("%d is not in the help of %s:\n%s", code, command, got.out)
			}
		}
	}
}

func TestNoCommandIsAFailure(t *testing.T) {
	for _, args := range [][]string{{}, {"buy"}} {
		wantEnding(t, runs(t, nil, args...), exit.Usage, "Try: opgrants")
	}
	for command, help := range map[string]string{"": "--help", "admin": "admin --help"} {
		got := runs(t, nil, strings.Fields(command)...)
		wantEnding(t, got, exit.Usage, "Name a command.", strings.TrimSpace("Try: opgrants "+command)+" --help")
		if want := runs(t, nil, strings.Fields(help)...).out; got.out != want {
			t.Errorf("%q does not print the help:\n%s", command, got.out)
		}
	}
}
